"""Who calls: the client shows a token made for the callee, the server verifies it. The token alone says who it is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

from trunkline.errors import Code, MeshError, PermissionDenied, Unauthenticated, Unavailable
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from trunkline.call import Call, Method, Principal, Side
    from trunkline.interceptors.binding import Binding

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

    def renewed(self, refusal: MeshError, /) -> Awaitable[None] | None:
        """Return what to wait for before the token of `refusal` is judged again; None where it stays refused."""
        ...

    def hold(self, token: str, end: Callable[[MeshError], None], /) -> Callable[[], None]:
        """Call `end` with the refusal when `token` expires or is revoked; return what is called to forget it."""
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
    """Sets `call.principal` from the token, or refuses the call. A stream ends when its token does.

    With `binding` a token that is bound to a certificate is good on a connection of that one only.
    """

    def __init__(self, verifier: Verifies, *, binding: Binding | None = None) -> None:
        self._verifier = verifier
        self._verify = verifier.verify
        self._binding = binding

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Ask for a token unless the method is public; let nobody in where the contract does not say who may."""
        access = method.policy.access
        if access is None:
            return _Undeclared()
        if access.public:
            return _Public()
        streams = method.shape.streams_requests or method.shape.streams_responses
        return _StreamAuth(self._verifier, binding=self._binding) if streams else self

    def admit(self, call: Call) -> Awaitable[None] | None:
        """Verify the one token; waits only where its key is unknown and a newer key set may have it."""
        headers = call.headers
        token = headers.get(HEADER)
        if token is None:
            raise Unauthenticated("TOKEN_MISSING", "this method needs a token")
        if len(headers) != len(call.metadata) and [key for key, _ in call.metadata].count(HEADER) > 1:
            raise Unauthenticated("TOKEN_MALFORMED", "more than one authorization header")
        if not isinstance(token, str) or token[:7].lower() != "bearer ":
            raise Unauthenticated("TOKEN_MALFORMED", "the authorization header is not of the scheme Bearer")
        try:
            self._let_in(call, token[7:])
        except Unauthenticated as refusal:
            renewed = self._verifier.renewed(refusal)
            if renewed is None:
                raise
            return self._again(call, token[7:], renewed)
        return None

    def _let_in(self, call: Call, token: str) -> None:
        try:
            principal = self._verify(token)
            if self._binding is not None:
                self._binding.check(call, principal)
        except MeshError:
            raise
        except Exception as error:
            # Whatever goes wrong inside, nobody is let in.
            raise Unauthenticated("TOKEN_REFUSED", "the token was refused", cause=type(error).__name__) from error
        call.principal = principal
        if not CLAIMED.isdisjoint(call.headers):
            _strip(call)

    async def _again(self, call: Call, token: str, renewed: Awaitable[None]) -> None:
        # Unlike awaiting the task, this does not cancel it with one of those who wait.
        await asyncio.wait((asyncio.ensure_future(renewed),))
        self._let_in(call, token)


class _StreamAuth(ServerAuth):
    """Lets a stream live no longer than its token: its handler is cancelled, and the caller is told why."""

    def __init__(self, verifier: Verifies, *, binding: Binding | None = None) -> None:
        super().__init__(verifier, binding=binding)
        self._hold = verifier.hold
        self._ends: dict[Call, _End] = {}

    def around(self, call: Call) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        end = self._ends[call] = _End(task)
        try:
            yield
        except asyncio.CancelledError:
            if end.refusal is None:
                raise
            task.uncancel()
            raise end.refusal from None
        finally:
            del self._ends[call]
            end.release()

    def _let_in(self, call: Call, token: str) -> None:
        super()._let_in(call, token)
        end = self._ends[call]
        end.release = self._hold(token, end)


class _End:
    """Ends one stream."""

    __slots__ = ("refusal", "release", "task")

    def __init__(self, task: asyncio.Task[object]) -> None:
        self.task = task
        self.refusal: MeshError | None = None
        self.release: Callable[[], None] = _nothing

    def __call__(self, refusal: MeshError) -> None:
        self.refusal = refusal
        self.task.cancel()


def _nothing() -> None:
    """Nothing was held."""


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
