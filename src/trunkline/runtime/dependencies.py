"""Whether the components this one needs are there, heard from their own health."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from trunkline.resilience.backoff import full_jitter
from trunkline.runtime.health import SERVING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from trunkline.runtime.pool import Endpoint, Pool


@dataclass(frozen=True, slots=True)
class Dependency:
    """One needed component. `reason` is what was last heard, empty while it is reachable."""

    component: str
    reachable: bool
    reason: str


class Dependencies:
    """Watches the health of every endpoint of the needed components; one that serves is enough for each.

    A component that is needed and not known here (None) is never there.
    """

    def __init__(
        self,
        needs: Mapping[str, Pool | None],
        *,
        changed: Callable[[], Awaitable[None]],
        random: Callable[[], float],
    ) -> None:
        self._needs = needs
        self._changed = changed
        self._random = random
        self._heard: dict[Endpoint, str] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def rows(self) -> list[Dependency]:
        """Return where each needed component stands."""
        return [self._row(name, pool) for name, pool in self._needs.items()]

    @property
    def reachable(self) -> bool:
        """Whether all of them are there."""
        return all(row.reachable for row in self.rows())

    def start(self) -> None:
        """Begin to watch."""
        for pool in self._needs.values():
            for endpoint in pool.endpoints if pool is not None else ():
                self._heard[endpoint] = "not asked yet"
                self._tasks.append(asyncio.create_task(self._watch(endpoint)))

    async def close(self) -> None:
        """Stop watching."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _row(self, name: str, pool: Pool | None) -> Dependency:
        endpoints = pool.endpoints if pool is not None else ()
        heard = [self._heard.get(endpoint, "not asked yet") for endpoint in endpoints] or ["has no endpoint here"]
        reachable = "" in heard
        return Dependency(name, reachable, "" if reachable else heard[0])

    async def _watch(self, endpoint: Endpoint) -> None:
        attempt = 0
        while True:
            stub: Any = health_pb2_grpc.HealthStub(endpoint.channel)
            try:
                async for answer in stub.Watch(health_pb2.HealthCheckRequest()):
                    attempt = 0
                    await self._hear(endpoint, "" if answer.status == SERVING else "does not serve")
                await self._hear(endpoint, "ended the watch")
            except grpc.aio.AioRpcError as error:
                await self._hear(endpoint, f"{error.code().name}: {error.details()}")
            attempt += 1
            await asyncio.sleep(0.05 + full_jitter(attempt, initial=0.1, maximum=2.0, random=self._random))

    async def _hear(self, endpoint: Endpoint, reason: str) -> None:
        before, self._heard[endpoint] = self._heard[endpoint], reason
        if (before == "") != (reason == ""):
            await self._changed()
