"""A server from its first bind to its last call: what `Mesh.serve` does."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from trunkline.contract import check_services
from trunkline.errors import FailedPrecondition
from trunkline.runtime.dependencies import Dependencies
from trunkline.runtime.health import Health
from trunkline.runtime.healthport import health_port
from trunkline.runtime.lifecycle import Stop, drain
from trunkline.runtime.openfiles import OWN, allow_files
from trunkline.runtime.options import server_options
from trunkline.runtime.server import MeshServer
from trunkline.runtime.tls import server_credentials

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.clock import Clock
    from trunkline.config import Settings
    from trunkline.membership import Membership
    from trunkline.runtime.chain import Interceptor
    from trunkline.runtime.dependencies import Dependency
    from trunkline.runtime.pool import Routes
    from trunkline.runtime.tls import Proofs


class Hosting:
    """One server with its health, its dependencies and its end."""

    def __init__(
        self,
        settings: Settings,
        interceptors: Sequence[Interceptor],
        *,
        membership: Membership,
        routes: Routes,
        clock: Clock,
        stop: Stop,
        proofs: Proofs | None = None,
    ) -> None:
        self.server = MeshServer(
            interceptors, component=settings.component, options=server_options(settings.limits), clock=clock
        )
        self._settings = settings
        self._membership = membership
        self._stop = stop
        self._credentials = None if proofs is None else server_credentials(proofs)
        self._loaded = False
        needs = {name: routes.component(name) for name in settings.needs}
        self._dependencies = Dependencies(needs, changed=self._assess, random=random.random)
        self.health = Health(())

    def dependencies(self) -> list[Dependency]:
        """Return where each needed component stands."""
        return self._dependencies.rows()

    async def run(self, servicers: Sequence[object], started: Callable[[int], None]) -> int:
        """Host `servicers` until asked to stop; return how many calls did not finish.

        `started` is called with the port once calls are taken. Raises FailedPrecondition where a contract does not pass
        the contract check, TypeError for what is no async servicer, OSError where the port is taken.
        """
        for servicer in servicers:
            self.server.add(servicer)
        self._check_contracts()
        self.health = Health(self.server.services)
        self.server.add_plain(self.health, reflection=self._settings.reflection)
        self._warn()
        port = self.server.listen(self._settings.listen or "127.0.0.1:0", self._credentials)
        loading = asyncio.create_task(self._load())
        try:
            async with health_port(self._settings.health.listen, self.health) as probed:
                with self._stop.on_signals():
                    await self.server.start()
                    await self.health.start()
                    self._dependencies.start()
                    await self._assess()
                    started(port)
                    logger.info("serving on port %d: %s", port, ", ".join(self.server.services))
                    if probed is not None:
                        logger.info("answering health checks on port %d", probed)
                    await self._stop.asked.wait()
                    return await self._drain()
        finally:
            loading.cancel()
            await asyncio.gather(loading, return_exceptions=True)
            await self._dependencies.close()
            await self.server.stop()

    async def _drain(self) -> int:
        limits = self._settings.drain
        logger.info("draining, with %d calls running", self.server.running.count)
        left = await drain(self.server, self.health, self._stop, delay=limits.delay, grace=limits.grace)
        if left:
            logger.warning("drained, and %d calls had to be cut off", left)
        return left

    def _check_contracts(self) -> None:
        faults = check_services(self.server.services)
        if faults:
            raise FailedPrecondition("CONTRACT", "\n".join(str(fault) for fault in faults))

    def _warn(self) -> None:
        connections = self._settings.limits.max_connections
        needed, files = connections + OWN, allow_files(connections + OWN)
        if files < needed:
            text = "limits.max_connections is %d, for which %d files must be open; this process may open %d: %s"
            logger.warning(text, connections, needed, files, "raise its hard limit or lower the setting")
        if self._settings.reflection and self._settings.environment == "production":
            logger.warning("reflection is on in production: whoever reaches the port is told every contract served")

    async def _load(self) -> None:
        await self._membership.loaded()
        self._loaded = True
        while True:
            await self._assess()
            await self._membership.turned()

    async def _assess(self) -> None:
        await self.health.ready(self._loaded and self._membership.trusted and self._dependencies.reachable)


def check_named(services: Sequence[str], settings: Settings) -> None:
    """Refuse to serve what nobody would find: the mesh file names the services of a component, and others route by it.

    Raises FailedPrecondition where it names others than `services`. Without a file there is nothing to compare.
    """
    if settings.file is None:
        return
    place = f"{settings.file.name}: components.{settings.component}.services"
    unnamed = sorted(set(services) - set(settings.services))
    unserved = sorted(set(settings.services) - set(services))
    faults = [f"{place} lacks {name}, which it serves" for name in unnamed]
    faults += [f"{place} names {name}, which it does not serve" for name in unserved]
    if faults:
        raise FailedPrecondition("SERVICES_DIFFER", "\n".join(faults))
