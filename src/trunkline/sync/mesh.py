"""`SyncMesh`: one channel for every stub, without a running event loop."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import grpc
from opentelemetry.instrumentation.grpc import client_interceptor, grpcext

from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.clock import SystemClock
from trunkline.config import load_settings
from trunkline.config.plaintext import refuse_plaintext
from trunkline.errors import Unavailable
from trunkline.identity.client import credential_from, issued_of, request_of
from trunkline.network import certificates_from
from trunkline.sync.channel import RoutedChannel
from trunkline.sync.interceptor import Contract
from trunkline.sync.line import Lines
from trunkline.sync.tokens import SyncTokens

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from trunkline.config import Route, Settings
    from trunkline.identity.model import Issued


class SyncMesh:
    """A process's place in the mesh, for threads. `channel` takes every generated stub; its methods are called plainly.

    `settings` default to `load_settings()`, `tracer_provider` to OpenTelemetry's global one. Use it as a context
    manager, or `close` it. Raises ConfigError for wrong settings, FailedPrecondition where its proof or the
    certificates cannot be used.
    """

    def __init__(self, settings: Settings | None = None, *, tracer_provider: TracerProvider | None = None) -> None:
        self.settings = settings or load_settings(os.environ)
        refuse_plaintext(self.settings)
        clock = SystemClock()
        self._tracing = client_interceptor(tracer_provider=tracer_provider)  # type: ignore[no-untyped-call]
        self._lock = threading.Lock()
        self._lines = Lines(self.settings, certificates_from(self.settings, clock))
        self._channels: dict[str, tuple[grpc.Channel, grpc.Channel]] = {}
        self._proof = credential_from(self.settings)
        self._clock = clock
        self.channel: grpc.Channel = RoutedChannel(self._find)

    def __enter__(self) -> SyncMesh:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._lines.close()

    def _issue(self, audience: str, timeout: float) -> Issued:
        assert self._proof is not None
        request = request_of(audience, self._proof())
        return issued_of(IdentityServiceStub(self.channel).IssueToken(request, timeout=timeout).token)

    def _find(self, service: str) -> tuple[Route, grpc.Channel]:
        route = self.settings.routes.get(service)
        if route is None or not route.endpoints:
            raise Unavailable("NO_ROUTE", f"no component of this mesh is known to serve {service}")
        with self._lock:
            return route, self._opened_for(route)

    def _opened_for(self, route: Route) -> grpc.Channel:
        line = self._lines.to(route)
        plain, channel = self._channels.get(route.component, (None, None))
        if channel is None or plain is not line:
            # With each connection tokens of its own: they may be good with its certificate alone.
            tokens = SyncTokens(self._issue, clock=self._clock) if self._proof else None
            settled = grpc.intercept_channel(line, Contract(route.component, tokens))
            channel = grpcext.intercept_channel(settled, self._tracing)  # type: ignore[no-untyped-call]
            self._channels[route.component] = line, channel
        return channel
