"""The work that all contestants share: one user, kept in memory, and the call that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from campus.api.accounts.v1.accounts_pb2 import GetUserRequest, GetUserResponse
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceServicer
from trunkline.api.entities.v1.user_pb2 import Profile, User

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

USER_ID = "6b1f0c52-3d5c-4a55-9a3e-0b7a0c6f9d21"
REQUEST = GetUserRequest(user_id=USER_ID)
# 100 bytes on the wire.
RESPONSE = GetUserResponse(
    user=User(
        user_id=USER_ID,
        username="learner-0001",
        email="learner-0001@example.org",
        profile=Profile(first_name="First", last_name="Learner"),
    )
)


class Accounts(AccountsServiceServicer):
    """Looks one user up in a dict and counts how often it did."""

    def __init__(self) -> None:
        self.answered = 0
        self._users = {USER_ID: RESPONSE}

    async def GetUser(self, request, context):
        self.answered += 1
        return self._users[request.user_id]


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that is up: where it listens, and what it counted so far."""

    address: str
    counts: Callable[[], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Calling:
    """A client that is ready: the call to measure, and what it counted so far."""

    call: Callable[[], Awaitable[GetUserResponse]]
    counts: Callable[[], dict[str, int]]


class Contestant(Protocol):
    """What a contestant's module offers."""

    def prepare(self, folder: Path) -> None: ...
    def serve(self, folder: Path) -> AbstractAsyncContextManager[Serving]: ...
    def connect(self, folder: Path, address: str) -> AbstractAsyncContextManager[Calling]: ...
