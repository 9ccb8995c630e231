"""What health probes hear: grpc.health.v1 under each service's full name, `""`, `liveness` and `readiness`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICE = "grpc.health.v1.Health"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


LONGEST = 255
"""Characters of a name that is watched: the question stays in memory while the watch lasts."""
NOBODY = "\0"
"""The name that no service has."""


class _Servicer(aio.HealthServicer):
    """gRPC's own, fit for callers that nobody knows: they hear of the names they ask for, and of no other."""

    async def Watch(self, request: Any, context: Any) -> None:
        """Tell one name as it changes; NOT_FOUND where it is too long to be one."""
        if len(request.service) > LONGEST:
            await context.abort(grpc.StatusCode.NOT_FOUND)
        await super().Watch(request, context)

    async def List(self, request: Any, context: Any) -> None:  # noqa: ARG002 - part of the interface
        """List nothing: UNIMPLEMENTED."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED)


def _read(data: bytes) -> health_pb2.HealthCheckRequest:
    try:
        return health_pb2.HealthCheckRequest.FromString(data)
    except DecodeError:  # left alone, it would give a stranger a traceback in our log and the name of a class
        return health_pb2.HealthCheckRequest(service=NOBODY)


class Health:
    """The states of one server.

    `liveness`: the process runs; SERVING to the very end. `readiness`: it serves, and what it needs is there.
    `""` and the services: it takes calls, whatever its dependencies do.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self.servicer = _Servicer()
        self._services = ("", *services)
        self._draining = False

    def serve_on(self, server: grpc.aio.Server) -> None:
        """Answer on `server`."""
        answer = health_pb2.HealthCheckResponse.SerializeToString
        one, many = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        handlers = {
            "Check": one(self.servicer.Check, request_deserializer=_read, response_serializer=answer),
            "Watch": many(self.servicer.Watch, request_deserializer=_read, response_serializer=answer),
            "List": one(self.servicer.List),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        server.add_registered_method_handlers(SERVICE, handlers)

    async def start(self) -> None:
        """Report SERVING everywhere but in `readiness`, which waits for `ready`."""
        for name in (*self._services, "liveness"):
            await self.servicer.set(name, SERVING)
        await self.servicer.set("readiness", NOT_SERVING)

    async def ready(self, ready: bool) -> None:
        """Say whether all that this server needs is there."""
        if not self._draining:
            await self.servicer.set("readiness", SERVING if ready else NOT_SERVING)

    async def drain(self) -> None:
        """Report NOT_SERVING everywhere but in `liveness`, for good."""
        self._draining = True
        for name in (*self._services, "readiness"):
            await self.servicer.set(name, NOT_SERVING)
