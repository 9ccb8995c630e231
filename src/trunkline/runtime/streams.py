"""Calls that stream, as the caller holds them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.errors import Code, MeshError
from trunkline.runtime import status
from trunkline.runtime.chain import admit, enter, leave
from trunkline.runtime.ended import error_of, ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator

    from trunkline.runtime.caller import Attempts, Caller


_PREMATURE = "Internal error from Core"


class Exit:
    """How a stream leaves its chain: by exhaustion, failure, cancellation or because nobody holds it any more.

    gRPC's done callback sees all four and keeps this object alive; the object the user holds is not known here, so that
    dropping it can end the stream.
    """

    __slots__ = ("attempts", "call", "entered", "error", "responded", "retryable", "truth")

    def __init__(self, attempts: Attempts, entered: list[Any], *, retryable: bool) -> None:
        self.attempts = attempts
        self.call = attempts.call
        self.entered: list[Any] | None = entered
        self.error: BaseException | None = None
        self.responded = False
        self.retryable = retryable
        self.truth: asyncio.Task[None] | None = None

    def done(self, raw: Any) -> None:
        """Hear from gRPC that an attempt has ended."""
        code = status.CODE[ready(raw.code())]
        if code is Code.OK:
            self.leave(None)
        elif raw.cancelled():
            self.leave(asyncio.CancelledError())
        elif ready(raw.details()).startswith(_PREMATURE):
            self.truth = asyncio.get_running_loop().create_task(self._learn(raw))
        elif self.responded or not self.retryable:
            self.leave(self.attempts.failed(error_of(raw), final=True)[1])

    async def settled(self, error: grpc.aio.AioRpcError) -> BaseException:
        """Return the error that stands for the call that gRPC says failed with `error`."""
        if self.truth is not None:
            await asyncio.shield(self.truth)
        if isinstance(self.error, asyncio.CancelledError):  # sent by the peer: nobody here cancelled
            return self.attempts.failed(error, final=True)[1]
        return self.error or error

    async def _learn(self, raw: Any) -> None:
        # A server that answers before it has read all requests makes a write of ours fail. gRPC then reports that
        # failure first and the server's status, which is what counts, a moment later.
        for _ in range(100):
            if not (await raw.details()).startswith(_PREMATURE):
                break
            await asyncio.sleep(0.005)
        self.leave(self.attempts.failed(error_of(raw), final=True)[1])

    def leave(self, error: BaseException | None) -> BaseException | None:
        """Leave the chain once; return the error that stands."""
        entered, self.entered = self.entered, None
        if entered is not None:
            self.error = leave(entered, self.call, self.error or error)
        return self.error


class StreamCall:
    """A call whose requests or responses stream. Iterate it or `read()`; `write()`; await it for a unary answer."""

    __slots__ = ("__weakref__", "_attempts", "_caller", "_exit", "_opening", "_raw", "_requests")

    def __init__(self, caller: Caller, requests: Any, attempts: Attempts) -> None:
        self._caller = caller
        self._attempts = attempts
        self._raw: Any = None
        self._opening: asyncio.Task[None] | None = None
        shape = caller.method.shape
        call = attempts.call
        self._exit = Exit(attempts, [], retryable=not shape.streams_requests)
        self._exit.entered = enter(caller.chain, call)
        try:
            if shape.streams_requests:
                requests = None if requests is None else _checked(requests, caller, self._exit)
            else:
                self._check(requests)
            self._requests = requests
            pending = admit(caller.chain, call)
            if pending is None:
                self._begin()
            else:
                self._opening = asyncio.get_running_loop().create_task(self._open(pending))
                # One that is cancelled before its first step never comes to what it was to wait for.
                self._opening.add_done_callback(lambda _: getattr(pending, "close", _nothing)())
        except MeshError as error:
            self._exit.leave(error)
        except BaseException as error:  # noqa: BLE001
            raise self._exit.leave(error) or error from None

    def _begin(self) -> None:
        self._raw = self._attempts.start(self._requests)
        self._raw.add_done_callback(self._exit.done)

    async def _open(self, pending: Awaitable[None]) -> None:
        try:
            await pending
            self._begin()
        except MeshError as error:
            self._exit.leave(error)
        except BaseException as error:
            self._exit.leave(error)
            raise

    async def _started(self) -> Any:
        if self._opening is not None:
            await self._opening
            self._opening = None
        if self._raw is None:
            assert self._exit.error is not None
            raise self._exit.error
        return self._raw

    def _check(self, message: Any) -> None:
        for check in self._caller.chain.messages:
            check(self._attempts.call, message)

    def __aiter__(self) -> StreamCall:
        return self

    async def __anext__(self) -> Any:
        message = await self.read()
        if message is grpc.aio.EOF:
            raise StopAsyncIteration
        return message

    async def read(self) -> Any:
        """Return the next message, `grpc.aio.EOF` after the last. Raises a `MeshError` where the call failed."""
        while True:
            raw = await self._started()
            try:
                message = await raw.read()
            except grpc.aio.AioRpcError as error:
                if not await self._retried(error):
                    raise await self._exit.settled(error) from None
                continue
            except asyncio.CancelledError as error:
                raise self._cancelled(raw, error) from None
            self._exit.responded = True
            return message

    async def _retried(self, error: grpc.aio.AioRpcError) -> bool:
        if self._exit.entered is None or self._exit.truth is not None:
            return False
        delay, failure = self._attempts.failed(error)
        if delay is None:
            self._exit.leave(failure)
            return False
        try:
            await asyncio.sleep(delay)
            self._begin()
        except BaseException as raised:  # noqa: BLE001
            raise self._exit.leave(raised) or raised from None
        return True

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the one answer of a call whose requests stream."""
        return self._answer().__await__()

    async def _answer(self) -> Any:
        raw = await self._started()
        try:
            return await raw
        except grpc.aio.AioRpcError as error:
            raise await self._exit.settled(error) from None
        except asyncio.CancelledError as error:
            raise self._cancelled(raw, error) from None

    def _cancelled(self, raw: Any, error: asyncio.CancelledError) -> BaseException:
        """Return what a cancelled wait raises: the fault of a request, where that is what ended the call."""
        raw.cancel()  # gRPC forgets to where the request was still on its way
        return error if self._exit.error is None else self._exit.error

    async def write(self, message: Any) -> None:
        """Send one request message; waits while the peer's window is full."""
        self._check(message)
        raw = await self._started()
        try:
            await raw.write(message)
        except grpc.aio.AioRpcError as error:
            raise await self._exit.settled(error) from None

    async def done_writing(self) -> None:
        """Say that no further request follows."""
        await (await self._started()).done_writing()

    def __del__(self) -> None:
        """End a stream that was dropped before its end; gRPC would keep it open."""
        if hasattr(self, "_exit") and self._exit.entered is not None:
            self._exit.leave(self._dropped())

    def _dropped(self) -> BaseException:
        if self._raw is not None and self._raw.done() and not self._raw.cancelled():
            return self._attempts.failed(error_of(self._raw), final=True)[1]
        self.cancel()
        return asyncio.CancelledError()

    def cancel(self) -> bool:
        """End the call; the server's handler is cancelled as well. False where it had ended."""
        if self._opening is not None:
            self._opening.cancel()
        return self._raw is not None and bool(self._raw.cancel())

    def cancelled(self) -> bool:
        """Whether the call was cancelled on this side."""
        return self._raw is not None and bool(self._raw.cancelled())

    def done(self) -> bool:
        """Whether the call has ended."""
        return self._exit.entered is None

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call `callback` with gRPC's call when the running attempt ends, or at once where the call never began."""
        if self._raw is None:
            callback(self)
        else:
            self._raw.add_done_callback(callback)

    def time_remaining(self) -> float | None:
        """Seconds to the deadline, None where there is none."""
        return None if self._raw is None else self._raw.time_remaining()

    async def code(self) -> Any:
        """Wait for the end; return its status code."""
        if self._raw is not None or self._opening is not None:
            code = await (await self._started()).code()
            if self._attempts.call.code is None:
                return code
        return status.STATUS[self._attempts.call.code or Code.OK]

    async def details(self) -> str:
        """Wait for the end; return its message, empty on success."""
        await self.code()
        return self._exit.error.message if isinstance(self._exit.error, MeshError) else ""

    async def initial_metadata(self) -> Any:
        """Wait for the metadata the server sent first."""
        return await (await self._started()).initial_metadata()

    async def trailing_metadata(self) -> Any:
        """Wait for the metadata the server sent last."""
        return await (await self._started()).trailing_metadata()

    async def wait_for_connection(self) -> None:
        """Wait until the call has a connection."""
        await (await self._started()).wait_for_connection()


def _nothing() -> None:
    """Take the place of `close` for what is no coroutine."""


async def _checked(requests: Any, caller: Caller, leaving: Exit) -> AsyncIterator[Any]:
    """Yield `requests`, each checked; an error among them ends the call and is what its reader sees."""
    try:
        if hasattr(requests, "__aiter__"):
            async for message in requests:
                for check in caller.chain.messages:
                    check(leaving.call, message)
                yield message
        else:
            for message in requests:
                for check in caller.chain.messages:
                    check(leaving.call, message)
                yield message
    except Exception as error:
        leaving.error = error
        raise


for _kind in (grpc.aio.UnaryStreamCall, grpc.aio.StreamUnaryCall, grpc.aio.StreamStreamCall):
    _kind.register(StreamCall)
