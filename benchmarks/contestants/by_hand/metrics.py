"""A counter and a histogram with labels, on both sides, with prometheus_client."""

from __future__ import annotations

import time

import grpc
from prometheus_client import Counter, Histogram

SERVED = Counter("grpc_server_handled", "Calls a server finished.", ["grpc_service", "grpc_method", "grpc_code"])
SERVED_SECONDS = Histogram("grpc_server_handling_seconds", "How long they took.", ["grpc_service", "grpc_method"])
CALLED = Counter("grpc_client_handled", "Calls a client finished.", ["grpc_service", "grpc_method", "grpc_code"])
CALLED_SECONDS = Histogram("grpc_client_handling_seconds", "How long they took.", ["grpc_service", "grpc_method"])


def served() -> int:
    """Calls the server's counter saw."""
    return _total(SERVED)


def called() -> int:
    """Calls the client's counter saw."""
    return _total(CALLED)


def _total(counter: Counter) -> int:
    return int(sum(s.value for metric in counter.collect() for s in metric.samples if s.name.endswith("_total")))


class ServerMetrics(grpc.aio.ServerInterceptor):
    """Counts and times what each handler answers."""

    async def intercept_service(self, continuation, handler_call_details):
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        service, method = handler_call_details.method.lstrip("/").split("/")

        async def measured(request, context):
            start = time.perf_counter()
            code = grpc.StatusCode.OK
            try:
                return await handler.unary_unary(request, context)
            except BaseException:
                code = context.code() or grpc.StatusCode.UNKNOWN
                raise
            finally:
                SERVED_SECONDS.labels(grpc_service=service, grpc_method=method).observe(time.perf_counter() - start)
                SERVED.labels(grpc_service=service, grpc_method=method, grpc_code=code.name).inc()

        return grpc.unary_unary_rpc_method_handler(
            measured,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


class ClientMetrics(grpc.aio.UnaryUnaryClientInterceptor):
    """Counts and times what each call ends with."""

    async def intercept_unary_unary(self, continuation, client_call_details, request):
        service, method = _names(client_call_details.method)
        start = time.perf_counter()
        call = await continuation(client_call_details, request)
        code = await call.code()
        CALLED_SECONDS.labels(grpc_service=service, grpc_method=method).observe(time.perf_counter() - start)
        CALLED.labels(grpc_service=service, grpc_method=method, grpc_code=code.name).inc()
        return call


def _names(path: str | bytes) -> list[str]:
    text = path.decode() if isinstance(path, bytes) else path
    return text.lstrip("/").split("/")
