"""Who calls: the client shows a token made for the callee, the server verifies it. The token alone says who it is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

from trunkline.errors import Code, MeshError, PermissionDenied, Unauthenticated, Unavailable
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.call import Call, Method, Principal, Side

HEADER = "authorization"
# Set by proxies of other systems to say who calls. Here they are claims of the caller, so no handler gets to see them.
CLAIMED = frozenset({
    "authorization-bin",
    "remote-user",
    "x-authenticated-user",
    "x-client-cert",
    "x-forwarded-client-cert",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-user",
    "x-remote-groups",
    "x-remote-user",
    "x-spiffe-id",
    "x-user",
    "x-user-id",
})  # fmt: skip


class Tokens(Protocol):
    """Where a client has its tokens from."""

    def peek(self, audience: str, /) -> str | None:
        """Return the token for `audience` if a fresh one is at hand."""
        ...

    async def fetch(self, audience: str, /) -> str:
        """Get a token for `audience`."""
        ...


class Verifies(Protocol):
    """What tells whom a token speaks for."""

    def verify(self, token: str, /) -> Principal:
        """Return whom `token` speaks for; raises MeshError."""
        ...


class ClientAuth(Interceptor):
    """Adds a token for the callee. No call that needs one leaves without."""

    def __init__(self, tokens: Tokens, *, now: Callable[[], float] = time.monotonic) -> None:
        self._peek = tokens.peek
        self._fetch = tokens.fetch
        self._now = now

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Serve every method that is not public."""
        access = method.policy.access
        return None if access is not None and access.public else self

    def admit(self, call: Call) -> Awaitable[None] | None:
        """Add the token, at once where one is at hand. Raises Unavailable where there is nobody to have a token for."""
        if not call.component:
            message = f"no component of this mesh is known to serve {call.method.service}"
            raise Unavailable("NO_ROUTE", message)
        token = self._peek(call.component)
        if token is None:
            return self._wait(call)
        call.add(HEADER, f"Bearer {token}")
        return None

    async def _wait(self, call: Call) -> None:
        left = None if call.deadline is None else call.deadline.remaining(self._now())
        try:
            async with asyncio.timeout(left):
                token = await self._fetch(call.component)
        except TimeoutError as error:
            raise _no_token(call, "the backbone did not answer in time") from error
        except MeshError as error:
            if error.code in {Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED}:
                raise _no_token(call, f"the backbone could not be reached: {error.message}") from error
            raise
        call.add(HEADER, f"Bearer {token}")


class ServerAuth(Interceptor):
    """Sets `call.principal` from the token, or refuses the call."""

    def __init__(self, verifier: Verifies) -> None:
        self._verify = verifier.verify

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Ask for a token unless the method is public; let nobody in where the contract does not say who may."""
        access = method.policy.access
        if access is None:
            return _Undeclared()
        return _Public() if access.public else self

    def admit(self, call: Call) -> None:
        """Verify the one token."""
        headers = call.headers
        token = headers.get(HEADER)
        if token is None:
            raise Unauthenticated("TOKEN_MISSING", "this method needs a token")
        if len(headers) != len(call.metadata) and [key for key, _ in call.metadata].count(HEADER) > 1:
            raise Unauthenticated("TOKEN_MALFORMED", "more than one authorization header")
        if not isinstance(token, str) or token[:7].lower() != "bearer ":
            raise Unauthenticated("TOKEN_MALFORMED", "the authorization header is not of the scheme Bearer")
        call.principal = self._verify(token[7:])
        if not CLAIMED.isdisjoint(headers):
            _strip(call)


class _Public(Interceptor):
    """Anybody may call, and stays nobody."""

    def admit(self, call: Call) -> None:
        if not CLAIMED.isdisjoint(call.headers):
            _strip(call)


class _Undeclared(Interceptor):
    """The contract forgot to say who may call, so nobody may."""

    def admit(self, call: Call) -> None:
        message = f"the contract of {call.method.full_name} does not say who may call it"
        raise PermissionDenied("ACCESS_UNDECLARED", message, metadata={"method": call.method.full_name})


def _strip(call: Call) -> None:
    call.metadata = [pair for pair in call.metadata if pair[0] not in CLAIMED]
    call.headers = {key: value for key, value in call.headers.items() if key not in CLAIMED}


def _no_token(call: Call, why: str) -> Unavailable:
    message = f"no token to call {call.method.full_name} of {call.component!r} with: {why}"
    return Unavailable("NO_TOKEN", message, metadata={"component": call.component})
