"""A call as the server runs it: one coroutine for each of the four shapes, both handler styles."""

from __future__ import annotations

import asyncio
import inspect
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.message import DecodeError

from trunkline.call import Call, Shape, Side, serving
from trunkline.deadline import FOREVER, Deadline
from trunkline.errors import Cancelled, Code, DeadlineExceeded, InvalidArgument, MeshError, error_class
from trunkline.runtime import status
from trunkline.runtime.chain import Chain, admit, enter, leave

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from trunkline.call import Method
    from trunkline.clock import Clock

    Handler = Callable[[Any, Any], Any]
    Looks = Sequence[Callable[[Call, Any], None]]

arrived: ContextVar[Sequence[tuple[str, str | bytes]]] = ContextVar("trunkline_arrived", default=())
"""Metadata of the call whose handler is about to run; asking the context for it would build it again."""

_INT_CODE = {code.value: code for code in Code}


class Running:
    """How many calls run, and whoever waits for the last of them to end."""

    __slots__ = ("count", "waiting")

    def __init__(self) -> None:
        self.count = 0
        self.waiting: asyncio.Event | None = None

    async def none(self) -> None:
        """Wait until no call runs."""
        self.waiting = asyncio.Event()
        self.tell()
        await self.waiting.wait()

    def tell(self) -> None:
        """Wake whoever waits, where the last call has ended."""
        if self.waiting is not None and self.count == 0:
            self.waiting.set()


class Exchange:
    """Runs the calls of one method of one servicer."""

    __slots__ = ("_chain", "_domain", "_generates", "_handler", "_method", "_now", "_parse", "_running")

    def __init__(
        self, method: Method, handler: Handler, chain: Chain, *, domain: str, clock: Clock, running: Running
    ) -> None:
        self._method = method
        self._parse = method.request_type.FromString
        self._handler = handler
        self._chain = chain
        self._domain = domain
        self._now = clock.monotonic
        self._running = running
        self._generates = _generates(method, handler)

    async def run(self, request: Any, context: Any) -> Any:
        """Answer one call. `request` is the message in bytes, or the iterator of messages where requests stream."""
        running = self._running
        running.count += 1
        call = self._call(context)
        brought, began = call.deadline, self._now()
        serving.set(call)
        entered: list[Any] = []
        try:
            entered = enter(self._chain, call)
            pending = admit(self._chain, call)
            if pending is not None:
                await pending
            response = await self._handle(call, request, context)
        except BaseException as error:  # noqa: BLE001
            if isinstance(error, asyncio.CancelledError):
                error = _cause(error, overdue=brought is not None and self._overdue(brought, began))
            failure: BaseException | None = self._fail(call, context, entered, error)
        else:
            code = context.code()
            call.code = _code(code) if code else Code.OK
            failure = leave(entered, call, None)
        finally:
            running.count -= 1
            if running.waiting is not None:
                running.tell()
        if failure is None:
            return response
        await self._abort(context, failure)
        return None

    def _overdue(self, deadline: Deadline, began: float) -> bool:
        # The caller's own timer ends the call a moment before ours: gRPC rounds timeouts up, by 1 % at most.
        return deadline.remaining(self._now()) <= 0.02 + 0.01 * (deadline.at - began)

    def _call(self, context: Any) -> Call:
        call = Call(self._method, Side.SERVER, arrived.get(), context.peer)
        call.proof_of = context.auth_context
        left = context.time_remaining()
        if left is not None and left < FOREVER:
            call.deadline = Deadline(self._now() + left)
        said = call.headers.get(status.ATTEMPTS_LEFT_KEY)
        if said is not None and said in _SMALL:
            call.attempts_left = int(said)
        return call

    async def _handle(self, call: Call, request: Any, context: Any) -> Any:
        chain, shape = self._chain, self._method.shape
        if not shape.streams_requests:
            # Only now, when the caller is known to be one that may call, is anything made of what it sent.
            try:
                request = self._parse(request)
            except DecodeError:
                raise _unreadable(self._method) from None
            for look in chain.messages:
                look(call, request)
        elif chain.messages:
            request = _CheckedRequests(request, chain.messages, call)
            context = _CheckedContext(context, call, reads=chain.messages)
        if shape.streams_responses:
            return await self._stream(call, request, context)
        response = await self._handler(request, context)
        if not context.code():
            self._check_type(response)
        for look in chain.responses:
            look(call, response)
        return response

    def _check_type(self, message: Any) -> None:
        if type(message) is not self._method.response_type:
            expected, got = self._method.response_type.__name__, type(message).__name__
            raise TypeError(f"the handler of {self._method.full_name} answered with a {got}, not a {expected}")

    async def _stream(self, call: Call, request: Any, context: Any) -> None:
        if self._chain.responses:
            context = _CheckedContext(context, call, writes=self._chain.responses)
        if not self._generates:
            await self._handler(request, context)
            return
        messages = self._handler(request, context)
        try:
            async for message in messages:
                self._check_type(message)
                await context.write(message)
        finally:
            await messages.aclose()

    def _fail(self, call: Call, context: Any, entered: list[Any], error: BaseException) -> BaseException:
        seen: BaseException = error
        if isinstance(error, grpc.aio.AbortError):
            code = _code(context.code())
            seen = error_class(code)(code.name, context.details() or "")
        final = leave(entered, call, seen)
        return error if final is seen or final is None else final

    async def _abort(self, context: Any, error: BaseException) -> None:
        if not isinstance(error, MeshError) or context.done():
            raise error
        kept = context.trailing_metadata() or ()
        pairs = (*kept, *status.trailers(error, self._domain))
        await context.abort(status.STATUS[error.code], (error.message or error.reason)[: status.MAX_TEXT], pairs)


_SMALL = frozenset(str(number) for number in range(10))


class _CheckedRequests:
    """The request stream, each message looked at as it is read."""

    def __init__(self, requests: Any, looks: Looks, call: Call) -> None:
        self._requests = requests
        self._looks = looks
        self._call = call
        self._messages: AsyncIterator[Any] | None = None

    def __aiter__(self) -> _CheckedRequests:
        return self

    async def __anext__(self) -> Any:
        if self._messages is None:
            self._messages = self._requests.__aiter__()
        message = await self._messages.__anext__()
        for look in self._looks:
            look(self._call, message)
        return message


class _CheckedContext:
    """gRPC's servicer context, with messages looked at as they are read and written."""

    def __init__(self, context: Any, call: Call, *, reads: Looks = (), writes: Looks = ()) -> None:
        self._context = context
        self._call = call
        self._reads = reads
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def read(self) -> Any:
        message = await self._context.read()
        if message is not grpc.aio.EOF:
            for look in self._reads:
                look(self._call, message)
        return message

    async def write(self, message: Any) -> None:
        for look in self._writes:
            look(self._call, message)
        await self._context.write(message)


def _generates(method: Method, handler: Handler) -> bool:
    """Whether the handler is a generator of responses. Raises TypeError for a handler that fits no style."""
    if inspect.isasyncgenfunction(handler) and method.shape.streams_responses:
        return True
    if not inspect.iscoroutinefunction(handler):
        wanted = "async def (or an async generator)" if method.shape.streams_responses else "async def"
        raise TypeError(f"the handler of {method.full_name} must be an {wanted}")
    return False


def _cause(error: BaseException, *, overdue: bool) -> BaseException:
    """Say why a handler was cancelled: by its caller's deadline, by its caller, or from within."""
    if overdue:
        return DeadlineExceeded("DEADLINE", "the caller's deadline passed while the handler ran")
    task = asyncio.current_task()
    if task is not None and not task.cancelling():
        return Cancelled("HANDLER_CANCELLED", "something the handler waited for was cancelled")
    return error


def _code(code: Any) -> Code:
    return status.CODE[code] if isinstance(code, grpc.StatusCode) else _INT_CODE.get(code, Code.UNKNOWN)


def _unreadable(method: Method) -> InvalidArgument:
    return InvalidArgument("UNREADABLE", f"what {method.full_name} was sent is no {method.request_type.__name__}")


def _reader(method: Method) -> Callable[[bytes], Any]:
    parse = method.request_type.FromString

    def read(data: bytes) -> Any:
        try:
            return parse(data)
        except DecodeError:
            raise _unreadable(method) from None

    return read


HANDLERS: dict[Shape, Callable[..., grpc.RpcMethodHandler[Any, Any]]] = {
    Shape.UNARY_UNARY: grpc.unary_unary_rpc_method_handler,
    Shape.UNARY_STREAM: grpc.unary_stream_rpc_method_handler,
    Shape.STREAM_UNARY: grpc.stream_unary_rpc_method_handler,
    Shape.STREAM_STREAM: grpc.stream_stream_rpc_method_handler,
}
"""gRPC's handler of each shape."""


def rpc_handler(exchange: Exchange, method: Method) -> grpc.RpcMethodHandler[Any, Any]:
    """Return gRPC's handler that runs `exchange`."""
    return HANDLERS[method.shape](
        exchange.run,
        request_deserializer=_reader(method) if method.shape.streams_requests else None,
        response_serializer=method.response_type.SerializeToString,
    )
