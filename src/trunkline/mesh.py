"""What a component holds of the mesh: settings, the one channel, the one server."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from trunkline import __version__
from trunkline.audit.process import audit_of
from trunkline.chains import Telemetry, client_interceptors, server_interceptors
from trunkline.clock import SystemClock
from trunkline.config import load_settings
from trunkline.diagnostics.service import Diagnostics, to_calls, to_trace
from trunkline.hosting import Hosting, check_named
from trunkline.identity.client import credential_from
from trunkline.interceptors.auth import ClientAuth
from trunkline.membership import Member, Stranger
from trunkline.network import Network
from trunkline.runtime.channel import MeshChannel
from trunkline.runtime.lifecycle import Stop
from trunkline.runtime.registration import registrations
from trunkline.runtime.renewal import Bound
from trunkline.telemetry.logs import prepare
from trunkline.telemetry.scrape import scraped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from trunkline.api.diagnostics.v1.diagnostics_pb2 import GetCallsResponse, GetTraceResponse
    from trunkline.audit.model import Audit
    from trunkline.config import Settings
    from trunkline.interceptors.auth import Tokens
    from trunkline.membership import Membership
    from trunkline.runtime.chain import Interceptor


class Mesh:
    """A process's place in the mesh. Open one per process with `async with Mesh.open() as mesh`.

    `services` are the full names of those it serves of its own; `stop` ends `serve`; `audit` takes events for the audit
    log, and keeps none in a process that only calls.
    `channel` takes every generated stub: `AccountsServiceStub(mesh.channel)`. It belongs to the event loop it was
    opened in and does not survive a fork.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        channel: MeshChannel,
        network: Network,
        membership: Membership,
        telemetry: Telemetry,
        audit: Audit,
        interceptors: Sequence[Interceptor],
    ) -> None:
        self.settings = settings
        self.audit = audit
        self.channel = channel
        self.stop = Stop()
        self.instance_id = uuid.uuid4().hex
        self._network = network
        self._membership = membership
        self._telemetry = telemetry
        self._interceptors = tuple(interceptors)
        self.services: list[str] = []
        self._started_at = time.time()
        self._port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings | None = None,
        *,
        interceptors: Sequence[Interceptor] = (),
        membership: Callable[[Settings], Membership] | None = None,
        audit: Audit | None = None,
    ) -> AsyncIterator[Mesh]:
        """Join the mesh; leave it at the end of the block.

        `settings` default to `load_settings()`, `membership` to what they call for: a proof of who this is, and the
        backbone. `interceptors` stand innermost on both sides; each chooses its methods and side in `bind`. `audit`
        takes the place of the audit log. Nothing is waited for: the first call that needs a token fetches it. Raises
        ConfigError for wrong settings, FailedPrecondition where that proof or the certificates cannot be used, and what
        `AuditLog.open` raises.
        """
        settings = settings or load_settings(os.environ)
        prepare()
        clock = SystemClock()
        network = Network(settings, clock)
        telemetry = Telemetry.open(settings, version=__version__)
        plain = MeshChannel(network.routes, client_interceptors(telemetry, clock), clock=clock)

        def authenticated(tokens: Tokens) -> MeshChannel:
            outgoing = [*client_interceptors(telemetry, clock), ClientAuth(tokens), *interceptors]
            return MeshChannel(network.routes, outgoing, clock=clock)

        belongs = membership(settings) if membership else _membership(settings, plain, authenticated, clock)
        tokens = belongs.tokens
        network.start(tokens if settings.tls.bind_tokens and isinstance(tokens, Bound) else None)
        try:
            log = nullcontext(audit) if audit else audit_of(settings, clock, counter=telemetry.metrics.counter)
            async with log as kept:
                yield cls(
                    settings,
                    channel=authenticated(belongs.tokens),
                    network=network,
                    membership=belongs,
                    telemetry=telemetry,
                    audit=kept,
                    interceptors=interceptors,
                )
        finally:
            await belongs.close()
            await network.close()
            await asyncio.to_thread(telemetry.close)

    def component(self, name: str) -> MeshChannel:
        """Return the channel on which every stub calls the component `name`, for services that all components have.

        Raises LookupError where the mesh has no such component.
        """
        return self.channel.to(name)

    async def serve(self, *servicers: object) -> None:
        """Host `servicers`, with health, diagnostics and (in development) reflection, until SIGTERM, SIGINT or `stop`.

        Returns after the drain. Raises FailedPrecondition where a contract fails the contract check or the mesh file
        names other services, TypeError for what is no async servicer, OSError where the port is taken.
        """
        clock = SystemClock()
        hosting = Hosting(
            self.settings,
            [
                *server_interceptors(self.settings, self._telemetry, clock, self._membership.verifier, self.audit),
                *self._interceptors,
            ],
            membership=self._membership,
            routes=self._network.routes,
            clock=clock,
            stop=self.stop,
            proofs=self._network.proofs,
        )
        diagnostics = Diagnostics(
            component=self.settings.component,
            instance_id=self.instance_id,
            started_at=self._started_at,
            services=lambda: hosting.server.services,
            dependencies=hosting.dependencies,
            settings=self.settings,
            metrics=self._telemetry.metrics,
            spans=self._telemetry.recorder,
        )
        self.services = [one.service for servicer in servicers for one in registrations(servicer)]
        try:
            check_named(self.services, self.settings)
            async with scraped(self.settings.metrics.listen, self._telemetry.metrics.render):
                await hosting.run([*servicers, diagnostics], self._announce)
        except BaseException as error:
            if not self._port.done():
                self._port.set_exception(error)
                self._port.exception()  # read here, as perhaps nobody waits for the port
            raise

    async def port(self) -> int:
        """Wait until `serve` takes calls; return the port it listens on. Raises what ended `serve` before that."""
        return await asyncio.shield(self._port)

    def calls(self) -> GetCallsResponse:
        """Return counts and durations of the calls this process has made and served."""
        return to_calls(self._telemetry.metrics, instance_id=self.instance_id)

    def trace(self, trace_id: str) -> GetTraceResponse:
        """Return the spans of one trace that this process still remembers."""
        return to_trace(self._telemetry.recorder.spans_of(trace_id), component=self.settings.component)

    def recent_traces(self, limit: int = 20) -> list[str]:
        """Return the ids of the sampled traces that began here and ended last, the newest last."""
        return [span.trace_id for span in reversed(self._telemetry.recorder.recent_roots(limit))]

    def _announce(self, port: int) -> None:
        if not self._port.done():
            self._port.set_result(port)


def _membership(
    settings: Settings, plain: MeshChannel, authenticated: Callable[[Tokens], MeshChannel], clock: SystemClock
) -> Membership:
    proof = credential_from(settings)
    return Stranger(settings, clock) if proof is None else Member(settings, plain, authenticated, clock, proof)
