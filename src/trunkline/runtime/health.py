"""What health probes hear: grpc.health.v1 under each service's full name, `""`, `liveness` and `readiness`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Health:
    """The states of one server.

    `liveness`: the process runs; SERVING to the very end. `readiness`: it serves, and what it needs is there.
    `""` and the services: it takes calls, whatever its dependencies do.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self.servicer = aio.HealthServicer()
        self._services = ("", *services)
        self._draining = False

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
