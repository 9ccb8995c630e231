"""The servicer of accounts: checks, asks, translates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from campus.accounts import shape
from campus.api.accounts.v1.accounts_pb2 import (
    GetUserRequest,
    GetUserResponse,
    ListUsersRequest,
    ListUsersResponse,
    RegisterUserRequest,
    RegisterUserResponse,
)
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceServicer
from trunkline import AlreadyExists, NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import grpc

    from campus.accounts.store import Users
    from trunkline import Clock


class Accounts(AccountsServiceServicer):
    """Owns the users of the campus."""

    def __init__(self, *, users: Users, clock: Clock) -> None:
        self._users = users
        self._clock = clock

    async def RegisterUser(
        self, request: RegisterUserRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> RegisterUserResponse:
        """Store a user, or find that it is stored."""
        now = shape.moment_of(self._clock.time())
        user = replace(shape.user_of(request.user), created_at=now, updated_at=now)
        stored = await self._users.add(user)
        if stored.user_id != user.user_id:
            raise AlreadyExists("USERNAME_TAKEN", f"the username {user.username!r} belongs to another user")
        if not stored.same_as(user):
            raise AlreadyExists("USER_EXISTS", f"the id {user.user_id} belongs to a user with other content")
        return RegisterUserResponse(user=shape.entity_of(stored))

    async def GetUser(self, request: GetUserRequest, context: grpc.aio.ServicerContext[Any, Any]) -> GetUserResponse:
        """Return one user."""
        user = await self._users.get(request.user_id)
        if user is None:
            raise NotFound("USER_NOT_FOUND", f"there is no user {request.user_id}")
        return GetUserResponse(user=shape.entity_of(user))

    async def ListUsers(
        self, request: ListUsersRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[ListUsersResponse]:
        """Yield every user after the one named."""
        async for user in self._users.walk(request.after_user_id):
            yield ListUsersResponse(user=shape.entity_of(user))
