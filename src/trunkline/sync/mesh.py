"""`SyncMesh`: one channel for every stub, without a running event loop."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import grpc
from opentelemetry.instrumentation.grpc import client_interceptor, grpcext

from trunkline.api.identity.v1 import identity_pb2
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.clock import SystemClock
from trunkline.config import load_settings
from trunkline.errors import Unavailable
from trunkline.identity.client import issued_of, read_secret
from trunkline.runtime.options import channel_options
from trunkline.sync.channel import RoutedChannel
from trunkline.sync.interceptor import Contract
from trunkline.sync.serviceconfig import service_config
from trunkline.sync.tokens import SyncTokens

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from trunkline.config import Route, Settings
    from trunkline.identity.model import Issued


class SyncMesh:
    """A process's place in the mesh, for threads. `channel` takes every generated stub; its methods are called plainly.

    `settings` default to `load_settings()`, `tracer_provider` to OpenTelemetry's global one. Use it as a context
    manager, or `close` it. Raises ConfigError for wrong settings, FailedPrecondition where the bootstrap secret cannot
    be read.
    """

    def __init__(self, settings: Settings | None = None, *, tracer_provider: TracerProvider | None = None) -> None:
        self.settings = settings or load_settings(os.environ)
        self._tracing = client_interceptor(tracer_provider=tracer_provider)  # type: ignore[no-untyped-call]
        self._lock = threading.Lock()
        self._opened: dict[str, grpc.Channel] = {}
        self._channels: dict[str, grpc.Channel] = {}
        secret_file = self.settings.secret_file
        self._secret = read_secret(secret_file) if self.settings.backbone and secret_file else ""
        self._tokens = SyncTokens(self._issue, clock=SystemClock()) if self._secret else None
        self.channel: grpc.Channel = RoutedChannel(self._find)

    def __enter__(self) -> SyncMesh:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for channel in self._opened.values():
            channel.close()

    def _issue(self, audience: str, timeout: float) -> Issued:
        request = identity_pb2.IssueTokenRequest(
            audience=audience,
            bootstrap=identity_pb2.BootstrapSecret(component=self.settings.component, secret=self._secret),
        )
        return issued_of(IdentityServiceStub(self.channel).IssueToken(request, timeout=timeout).token)

    def _find(self, service: str) -> tuple[Route, grpc.Channel]:
        route = self.settings.routes.get(service)
        if route is None or not route.endpoints:
            raise Unavailable("NO_ROUTE", f"no component of this mesh is known to serve {service}")
        with self._lock:
            return route, self._opened_for(route)

    def _opened_for(self, route: Route) -> grpc.Channel:
        if route.component not in self._channels:
            plain = grpc.insecure_channel(_target(route.endpoints), options=self._options(route.component))
            self._opened[route.component] = plain
            contract = Contract(route.component, self._tokens)
            settled = grpc.intercept_channel(plain, contract)
            self._channels[route.component] = grpcext.intercept_channel(settled, self._tracing)  # type: ignore[no-untyped-call]
        return self._channels[route.component]

    def _options(self, component: str) -> list[tuple[str, Any]]:
        served = [name for name, route in self.settings.routes.items() if route.component == component]
        ours = {"grpc.enable_retries": 1, "grpc.service_config": service_config(served)}
        return [*(dict(channel_options(self.settings.limits)) | ours).items()]


def _target(endpoints: tuple[str, ...]) -> str:
    if len(endpoints) == 1:
        return endpoints[0]
    # Of several targets in one, gRPC takes numbers only.
    return "ipv4:" + ",".join(_numbers(one) for one in endpoints)


def _numbers(endpoint: str) -> str:
    host, _, port = endpoint.rpartition(":")
    return f"{socket.gethostbyname(host)}:{port}"
