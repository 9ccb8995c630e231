"""A unary call as the caller holds it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.errors import Code, MeshError
from trunkline.runtime.chain import admit, enter, leave
from trunkline.runtime.ended import error_of, ready
from trunkline.runtime.status import STATUS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator

    from trunkline.runtime.caller import Attempts, Caller


class UnaryCall:
    """Begins at once, as a gRPC call does, and is awaited for its answer.

    The first attempt runs without a task of ours. Only what must wait (for a token, before a retry) moves into one.
    """

    __slots__ = ("__weakref__", "_attempts", "_callbacks", "_entered", "_error", "_raw", "_request", "_task")

    def __init__(self, caller: Caller, request: Any, attempts: Attempts) -> None:
        self._attempts = attempts
        self._request = request
        self._entered: list[Any] | None = None
        self._error: BaseException | None = None
        self._raw: Any = None
        self._task: asyncio.Task[Any] | None = None
        self._callbacks: list[Callable[[Any], None]] = []
        chain, call = caller.chain, attempts.call
        try:
            self._entered = enter(chain, call)
            for check in chain.messages:
                check(call, request)
            pending = admit(chain, call)
            if pending is None and call.method.policy.hedge is None:
                self._raw = attempts.start(request)
            else:
                self._go_on(self._drive(pending=pending))
        except MeshError as error:
            self._error = self._leave(error)
        except BaseException as error:  # noqa: BLE001
            raise self._leave(error) or error from None

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the answer. Raises a `MeshError`, and CancelledError where the call or its awaiter was cancelled."""
        if self._task is None:
            if self._error is not None:
                raise self._error
            try:
                response = yield from self._raw.__await__()
            except grpc.aio.AioRpcError as error:
                self._failed(error)
            except asyncio.CancelledError as error:
                self._raw.cancel()
                self._leave(error)
                raise
            else:
                return self._succeed(response)
        assert self._task is not None
        try:
            return (yield from asyncio.shield(self._task).__await__())
        except asyncio.CancelledError:
            self._task.cancel()
            raise

    def _failed(self, error: grpc.aio.AioRpcError) -> None:
        """Go on in a task where another attempt may follow; raise where none may. Every awaiter comes here."""
        if self._error is not None:
            raise self._error from None
        if self._task is not None:
            return
        delay, failure = self._attempts.failed(error)
        if delay is None:
            raise self._fail(failure) from None
        self._go_on(self._drive(delay=delay))

    async def _drive(self, *, pending: Awaitable[None] | None = None, delay: float = 0.0) -> Any:
        """Wait for admission and for `delay` seconds, then make attempts until one has answered or none may follow."""
        try:
            if pending is not None:
                await pending
            while True:
                await asyncio.sleep(delay)
                try:
                    response = await self._attempt()
                except grpc.aio.AioRpcError as error:
                    pause, failure = self._attempts.failed(error)
                    if pause is None:
                        raise failure from None
                    delay = pause
                else:
                    break
        except BaseException as error:  # noqa: BLE001
            raise self._fail(error) from None
        return self._succeed(response)

    async def _attempt(self) -> Any:
        call = self._attempts.call
        if call.method.policy.hedge is not None and call.attempt == 1:
            from trunkline.runtime.hedge import hedged

            return await hedged(self._attempts, self._request)
        self._raw = self._attempts.start(self._request)
        return await self._raw

    def _go_on(self, driving: Coroutine[Any, Any, Any]) -> None:
        self._task = asyncio.get_running_loop().create_task(driving)
        self._task.add_done_callback(_retrieve)

    def _succeed(self, response: Any) -> Any:
        if (failed := self._leave(None)) is not None:
            self._error = failed
            raise failed
        return response

    def _fail(self, error: BaseException) -> BaseException:
        self._error = self._leave(error) or error
        return self._error

    def _leave(self, error: BaseException | None) -> BaseException | None:
        entered, self._entered = self._entered, None
        if entered is None:
            return error
        final = leave(entered, self._attempts.call, error)
        for callback in self._callbacks:
            callback(self)
        return final

    def __del__(self) -> None:
        """End a call nobody waits for any more."""
        if self._entered is not None:
            self._leave(self._dropped())

    def _dropped(self) -> BaseException | None:
        raw = self._raw
        if raw is None or not raw.done() or raw.cancelled():
            self.cancel()
            return asyncio.CancelledError()
        if ready(raw.code()) is grpc.StatusCode.OK:
            return None
        return self._attempts.failed(error_of(raw), final=True)[1]

    def cancel(self) -> bool:
        """End the call; the server's handler is cancelled as well. False where it had ended."""
        if self._task is not None:
            return self._task.cancel()
        return self._raw is not None and bool(self._raw.cancel())

    def cancelled(self) -> bool:
        """Whether the call was cancelled on this side."""
        if self._task is not None:
            return self._task.cancelled()
        return self._raw is not None and bool(self._raw.cancelled())

    def done(self) -> bool:
        """Whether the call has ended."""
        if self._task is not None:
            return self._task.done()
        return self._raw is None or bool(self._raw.done())

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call `callback` with this call once it has been awaited, or at once where it has."""
        if self._entered is None:
            callback(self)
        else:
            self._callbacks.append(callback)

    def time_remaining(self) -> float | None:
        """Seconds to the deadline, None where there is none."""
        return None if self._raw is None else self._raw.time_remaining()

    async def code(self) -> grpc.StatusCode:
        """Wait for the end; return its status code."""
        await self._settled()
        call = self._attempts.call
        return STATUS[call.code if call.code is not None else Code.OK]

    async def details(self) -> str:
        """Wait for the end; return its message, empty on success."""
        await self._settled()
        return self._error.message if isinstance(self._error, MeshError) else ""

    async def initial_metadata(self) -> grpc.aio.Metadata:
        """Wait for the end; return the metadata the server sent first, empty where the call was hedged."""
        await self._settled()
        return grpc.aio.Metadata() if self._raw is None else await self._raw.initial_metadata()

    async def trailing_metadata(self) -> grpc.aio.Metadata:
        """Wait for the end; return the metadata the server sent last, empty where the call was hedged."""
        await self._settled()
        return grpc.aio.Metadata() if self._raw is None else await self._raw.trailing_metadata()

    async def wait_for_connection(self) -> None:
        """Wait until the running attempt has a connection; return at once where none runs yet."""
        if self._raw is not None:
            await self._raw.wait_for_connection()

    async def _settled(self) -> None:
        if self._entered is not None:
            try:
                await self
            except (MeshError, asyncio.CancelledError):
                if self._entered is not None:
                    raise


def _retrieve(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


grpc.aio.UnaryUnaryCall.register(UnaryCall)
