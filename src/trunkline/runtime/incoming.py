"""A call as the server runs it: one coroutine for each of the four shapes, both handler styles."""

from __future__ import annotations

import asyncio
import inspect
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

import grpc

from trunkline.call import Call, Shape, Side, serving
from trunkline.deadline import FOREVER, Deadline
from trunkline.errors import Code, DeadlineExceeded, MeshError, error_class
from trunkline.runtime import status
from trunkline.runtime.caller import ATTEMPTS_LEFT_KEY
from trunkline.runtime.chain import Chain, admit, enter, leave

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from trunkline.call import Method
    from trunkline.clock import Clock

    Handler = Callable[[Any, Any], Any]

arrived: ContextVar[Sequence[tuple[str, str | bytes]]] = ContextVar("trunkline_arrived", default=())
"""Metadata of the call whose handler is about to run; asking the context for it would build it again."""

_INT_CODE = {code.value: code for code in Code}


class Exchange:
    """Runs the calls of one method of one servicer."""

    __slots__ = ("_chain", "_clock", "_domain", "_handler", "_method", "_streams", "_style")

    def __init__(self, method: Method, handler: Handler, chain: Chain, *, domain: str, clock: Clock) -> None:
        self._method = method
        self._handler = handler
        self._chain = chain
        self._domain = domain
        self._clock = clock
        self._style = _style(method, handler)
        self._streams = method.shape.streams_responses

    async def run(self, request: Any, context: Any) -> Any:
        """Answer one call. `request` is the message, or the iterator of messages where requests stream."""
        call = self._call(context)
        brought = call.deadline
        serving.set(call)
        chain = self._chain
        entered: list[Any] | None = None
        try:
            entered = enter(chain, call)
            pending = admit(chain, call)
            if pending is not None:
                await pending
            if chain.messages:
                request, context = self._checked(call, request, context)
            response = await (self._stream if self._streams else self._unary)(call, request, context)
        except BaseException as error:  # noqa: BLE001
            if brought is not None and isinstance(error, asyncio.CancelledError) and self._passed(brought):
                error = DeadlineExceeded("DEADLINE", "the caller's deadline passed while the handler ran")
            failure = self._fail(call, context, entered or [], error)
        else:
            self._note(call, context)
            late = leave(entered, call, None)
            if late is None:
                return response
            failure = late
        await self._abort(context, failure)
        return None

    def _call(self, context: Any) -> Call:
        call = Call(self._method, Side.SERVER, arrived.get(), context.peer)
        left = context.time_remaining()
        if left is not None and left < FOREVER:
            call.deadline = Deadline(self._clock.monotonic() + left)
        if (said := call.get(ATTEMPTS_LEFT_KEY)) is not None and said in _SMALL:
            call.attempts_left = int(said)
        return call

    async def _unary(self, call: Call, request: Any, context: Any) -> Any:
        response = await self._handler(request, context)
        for look in self._chain.responses:
            look(call, response)
        return response

    async def _stream(self, call: Call, request: Any, context: Any) -> None:
        if self._chain.responses:
            context = _CheckedContext(context, writes=[(look, call) for look in self._chain.responses])
        if self._style == "writes":
            await self._handler(request, context)
            return
        messages = self._handler(request, context)
        try:
            async for message in messages:
                await context.write(message)
        finally:
            await messages.aclose()

    def _checked(self, call: Call, request: Any, context: Any) -> tuple[Any, Any]:
        looks = [(look, call) for look in self._chain.messages]
        if self._method.shape.streams_requests:
            return _CheckedRequests(request, looks), _CheckedContext(context, reads=looks)
        for look, _ in looks:
            look(call, request)
        return request, context

    def _note(self, call: Call, context: Any) -> None:
        code = context.code()
        call.code = _code(code) if code else Code.OK

    def _fail(self, call: Call, context: Any, entered: list[Any], error: BaseException) -> BaseException:
        seen: BaseException = error
        if isinstance(error, grpc.aio.AbortError):
            code = _code(context.code())
            seen = error_class(code)(code.name, context.details() or "")
        final = leave(entered, call, seen)
        return error if final is seen or final is None else final

    def _passed(self, deadline: Deadline) -> bool:
        return deadline.passed(self._clock.monotonic())

    async def _abort(self, context: Any, error: BaseException) -> None:
        if not isinstance(error, MeshError) or context.done():
            raise error
        kept = context.trailing_metadata() or ()
        pairs = (*kept, *status.trailers(error, self._domain))
        await context.abort(status.STATUS[error.code], error.message or error.reason, pairs)


_SMALL = frozenset(str(number) for number in range(10))


class _CheckedRequests:
    """The request stream, each message looked at as it is read."""

    def __init__(self, requests: Any, looks: list[tuple[Any, Call]]) -> None:
        self._requests = requests
        self._looks = looks
        self._messages: AsyncIterator[Any] | None = None

    def __aiter__(self) -> _CheckedRequests:
        return self

    async def __anext__(self) -> Any:
        if self._messages is None:
            self._messages = self._requests.__aiter__()
        message = await self._messages.__anext__()
        for look, call in self._looks:
            look(call, message)
        return message


class _CheckedContext:
    """gRPC's servicer context, with messages looked at as they are read and written."""

    def __init__(
        self, context: Any, *, reads: Sequence[tuple[Any, Call]] = (), writes: Sequence[tuple[Any, Call]] = ()
    ) -> None:
        self._context = context
        self._reads = reads
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def read(self) -> Any:
        message = await self._context.read()
        if message is not grpc.aio.EOF:
            for look, call in self._reads:
                look(call, message)
        return message

    async def write(self, message: Any) -> None:
        for look, call in self._writes:
            look(call, message)
        await self._context.write(message)


def _style(method: Method, handler: Handler) -> str:
    if inspect.isasyncgenfunction(handler):
        fits, style = method.shape.streams_responses, "generates"
    else:
        fits, style = inspect.iscoroutinefunction(handler), "writes"
    if not fits:
        wanted = "async def (or an async generator)" if method.shape.streams_responses else "async def"
        raise TypeError(f"the handler of {method.full_name} must be an {wanted}")
    return style


def _code(code: Any) -> Code:
    return status.CODE[code] if isinstance(code, grpc.StatusCode) else _INT_CODE.get(code, Code.UNKNOWN)


class Counter(Protocol):
    """Hears of each call that begins and ends."""

    def started(self) -> None:
        """Count a call in."""
        ...

    def ended(self) -> None:
        """Count a call out."""
        ...


def rpc_handler(exchange: Exchange, method: Method, counter: Counter) -> grpc.RpcMethodHandler[Any, Any]:
    """Return gRPC's handler that runs `exchange`. The function must be a plain `async def`, so that gRPC sees it."""

    async def run(request: Any, context: Any) -> Any:
        counter.started()
        try:
            return await exchange.run(request, context)
        finally:
            counter.ended()

    make: dict[Shape, Callable[..., grpc.RpcMethodHandler[Any, Any]]] = {
        Shape.UNARY_UNARY: grpc.unary_unary_rpc_method_handler,
        Shape.UNARY_STREAM: grpc.unary_stream_rpc_method_handler,
        Shape.STREAM_UNARY: grpc.stream_unary_rpc_method_handler,
        Shape.STREAM_STREAM: grpc.stream_stream_rpc_method_handler,
    }
    return make[method.shape](
        run,
        request_deserializer=method.request_type.FromString,
        response_serializer=method.response_type.SerializeToString,
    )
