"""`SyncMesh`: one channel for every stub, without a running event loop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import grpc
from opentelemetry.instrumentation.grpc import client_interceptor, grpcext

from trunkline.api.identity.v1 import identity_pb2
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.clock import SystemClock
from trunkline.config import load_settings
from trunkline.errors import Code, Unavailable, error_class
from trunkline.identity.client import read_secret
from trunkline.identity.model import Issued
from trunkline.runtime import status
from trunkline.runtime.options import channel_options
from trunkline.sync.interceptor import Contract
from trunkline.sync.serviceconfig import service_config
from trunkline.sync.tokens import SyncTokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.trace import TracerProvider

    from trunkline.config import Settings
    from trunkline.errors import MeshError


class SyncMesh:
    """A process's place in the mesh, for threads. `channel` takes every generated stub.

    `settings` default to `load_settings()`, `tracer_provider` to OpenTelemetry's global one. Use it as a context
    manager, or `close` it. Raises ConfigError for wrong settings, FailedPrecondition where the bootstrap secret cannot
    be read.
    """

    def __init__(self, settings: Settings | None = None, *, tracer_provider: TracerProvider | None = None) -> None:
        self.settings = settings or load_settings(os.environ)
        self._tracing = client_interceptor(tracer_provider=tracer_provider)  # type: ignore[no-untyped-call]
        self._opened: dict[str, grpc.Channel] = {}
        self._channels: dict[str, grpc.Channel] = {}
        secret_file = self.settings.secret_file
        self._secret = read_secret(secret_file) if self.settings.backbone and secret_file else ""
        self._tokens = SyncTokens(self._issue, clock=SystemClock()) if self._secret else None
        self.channel: grpc.Channel = _Routed(self._channel_of)

    def __enter__(self) -> SyncMesh:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for channel in self._opened.values():
            channel.close()

    def _issue(self, audience: str) -> Issued:
        request = identity_pb2.IssueTokenRequest(
            component=self.settings.component, secret=self._secret, audience=audience
        )
        response = IdentityServiceStub(self.channel).IssueToken(request)
        return Issued(
            response.access_token,
            response.lifetime.ToNanoseconds() / 1e9,
            response.expires_at.ToNanoseconds() / 1e9,
        )

    def _channel_of(self, service: str) -> grpc.Channel:
        route = self.settings.routes.get(service)
        if route is None or not route.endpoints:
            raise Unavailable("NO_ROUTE", f"no component of this mesh is known to serve {service}")
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


class _Routed(grpc.Channel):
    """Sends every stub to the component that serves it, and raises `MeshError` where gRPC has an `RpcError`."""

    def __init__(self, find: Callable[[str], grpc.Channel]) -> None:
        self._find = find

    def _to(self, kind: str, method: str, *args: Any, **kwargs: Any) -> Any:
        service = method.removeprefix("/").partition("/")[0]
        wrap = _Stream if kind.endswith("_stream") else _as_it_is
        return _Callable(lambda: getattr(self._find(service), kind)(method, *args, **kwargs), wrap)

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a unary method."""
        return self._to("unary_unary", method, *args, **kwargs)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a method that streams responses."""
        return self._to("unary_stream", method, *args, **kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a method that streams requests."""
        return self._to("stream_unary", method, *args, **kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a method that streams both ways."""
        return self._to("stream_stream", method, *args, **kwargs)

    def subscribe(self, callback: Callable[[grpc.ChannelConnectivity], None], try_to_connect: bool = False) -> None:
        """Do nothing: a mesh channel is many connections and has no single state."""

    def unsubscribe(self, callback: Callable[[grpc.ChannelConnectivity], None]) -> None:
        """Do nothing, as `subscribe`."""

    def close(self) -> None:
        """Do nothing: the mesh closes its connections."""

    def __enter__(self) -> _Routed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Callable:
    """One method of a stub; opened at its first call, so that making a stub needs no route yet."""

    def __init__(self, opened: Callable[[], Any], wrap: Callable[[Any], Any]) -> None:
        self._open = opened
        self._wrap = wrap
        self._inner: Any = None

    def __call__(self, request: Any, **options: Any) -> Any:
        if self._inner is None:
            self._inner = self._open()
        try:
            return self._wrap(self._inner(request, **options))
        except grpc.RpcError as error:
            raise _mesh_error(error) from None


class _Stream:
    """A stream of responses; anything else it is asked for, gRPC's own call answers."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise _mesh_error(error) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def _as_it_is(answer: Any) -> Any:
    return answer


def _target(endpoints: tuple[str, ...]) -> str:
    return endpoints[0] if len(endpoints) == 1 else "ipv4:" + ",".join(endpoints)


def _mesh_error(error: Any) -> MeshError:
    code = status.CODE.get(error.code(), Code.UNKNOWN)
    text = error.details() or ""
    return status.received(code, text, error.trailing_metadata() or ()) or error_class(code)(code.name, text)
