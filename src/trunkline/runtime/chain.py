"""The chain: what surrounds every call, composed once per method.

Order on both sides: every `around` is entered, outermost first; then every `admit`; then `message` for each request
message; then the handler or the wire; then `response` for each message of the answer (server only). A failure anywhere
is thrown into the generators inside out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trunkline.errors import Code, MeshError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from trunkline.call import Call, Method, Side


_ENDED = object()


class Interceptor:
    """One concern of a call. Override any part; what is not overridden is not composed.

    One instance serves all calls, so state of a call lives in the locals of `around` or on the call itself.
    """

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Return what serves `method` on `side`: itself, something composed for it, or None for nothing."""
        return self

    def around(self, call: Call) -> Iterator[None]:  # noqa: ARG002
        """Surround the call: exactly one `yield`.

        After it `call.code` is set. A failure of the call is raised at the `yield`: another may be raised in its place,
        but it cannot be swallowed. On the client no context variable may be set across the `yield`.
        """
        yield

    def admit(self, call: Call) -> Awaitable[None] | None:
        """Let the call through, or raise.

        None admits at once; an awaitable admits when it is done, so `async def` fits as well. On the client an
        awaitable moves the call into a task of its own, so answer None where nothing must be waited for.
        """

    def message(self, call: Call, message: Any) -> None:
        """Look at one request message; may raise."""

    def response(self, call: Call, message: Any) -> None:
        """Look at one response message before the server sends it; may raise."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The parts of all interceptors that one method needs, in order."""

    arounds: tuple[Callable[[Call], Iterator[None]], ...] = ()
    admits: tuple[Callable[[Call], Awaitable[None] | None], ...] = ()
    messages: tuple[Callable[[Call, Any], None], ...] = ()
    responses: tuple[Callable[[Call, Any], None], ...] = ()


def compose(interceptors: Sequence[Interceptor], method: Method, side: Side) -> Chain:
    """Collect the overridden parts of `interceptors`, the first being the outermost."""
    bound = [it for interceptor in interceptors if (it := interceptor.bind(method, side)) is not None]

    def parts(name: str) -> tuple[Any, ...]:
        plain = getattr(Interceptor, name)
        return tuple(getattr(it, name) for it in bound if getattr(type(it), name, plain) is not plain)

    return Chain(parts("around"), parts("admit"), parts("message"), parts("response"))


def enter(chain: Chain, call: Call) -> list[Any]:
    """Enter every `around`; return the generators that wait at their `yield`.

    Where one refuses by raising, those entered before it are left again and the error goes on.
    """
    entered: list[Any] = []
    try:
        for around in chain.arounds:
            generator = around(call)
            next(generator)
            entered.append(generator)
    except Exception as error:  # noqa: BLE001
        raise leave(entered, call, error) or error from None
    return entered


def leave(entered: list[Any], call: Call, error: BaseException | None) -> BaseException | None:
    """Leave every `around`, innermost first; return the error that stands in the end."""
    _settle(call, error)
    for generator in reversed(entered):
        try:
            # With a default, the end of a generator is no exception: several a call are worth sparing.
            more = next(generator, _ENDED) if error is None else generator.throw(error)
            if more is _ENDED:
                continue
        except StopIteration:
            continue
        except BaseException as raised:  # the chain carries every failure outwards, cancellation too  # noqa: BLE001
            if raised is not error:
                error = raised
                _settle(call, error)
        else:
            generator.close()
            error = RuntimeError(f"{generator.__qualname__} yields more than once")
            _settle(call, error)
    return error


def admit(chain: Chain, call: Call) -> Awaitable[None] | None:
    """Run every `admit` in order; return what must still be waited for, None where nothing."""
    for index, part in enumerate(chain.admits):
        pending = part(call)
        if pending is not None:
            rest = chain.admits[index + 1 :]
            return _admit_rest(pending, rest, call) if rest else pending
    return None


def code_of(error: BaseException) -> Code:
    """Return the status code an error stands for."""
    if isinstance(error, MeshError):
        return error.code
    return Code.CANCELLED if isinstance(error, asyncio.CancelledError) else Code.INTERNAL


async def _admit_rest(
    pending: Awaitable[None], rest: tuple[Callable[[Call], Awaitable[None] | None], ...], call: Call
) -> None:
    await pending
    for part in rest:
        following = part(call)
        if following is not None:
            await following


def _settle(call: Call, error: BaseException | None) -> None:
    call.error = error
    if error is not None:
        call.code = code_of(error)
    elif call.code is None:
        call.code = Code.OK
