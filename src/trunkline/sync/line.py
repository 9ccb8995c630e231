"""The connections of a `SyncMesh`: a channel to each component, and another when this process has new certificates."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.network import callee
from trunkline.runtime.options import channel_options
from trunkline.runtime.tls import channel_credentials, expecting
from trunkline.sync.serviceconfig import service_config

if TYPE_CHECKING:
    from trunkline.config import Route, Settings
    from trunkline.runtime.options import Options
    from trunkline.runtime.tls import Proof, Proofs


class Lines:
    """Channels by component. Not safe for threads: the caller holds a lock."""

    def __init__(self, settings: Settings, proofs: Proofs | None) -> None:
        self._settings = settings
        self._proofs = proofs
        self._opened: dict[str, tuple[Proof | None, grpc.Channel]] = {}

    def to(self, route: Route) -> grpc.Channel:
        """Return the channel to the component of `route`; open it at first, and anew for another certificate."""
        proof = None if self._proofs is None else self._proofs.get()
        used, channel = self._opened.get(route.component, (None, None))
        if channel is None or used is not proof:
            # The old one is let go and not closed: calls that run on it end by themselves, and it with them.
            channel = self._open(route, proof)
            self._opened[route.component] = proof, channel
        return channel

    def close(self) -> None:
        """Close every channel."""
        for _, channel in self._opened.values():
            channel.close()

    def _open(self, route: Route, proof: Proof | None) -> grpc.Channel:
        target, options = _target(route.endpoints), self._options(route.component)
        if proof is None:
            return grpc.insecure_channel(target, options=options)
        expected = expecting(options, callee(self._settings, route.component))
        return grpc.secure_channel(target, channel_credentials(proof), options=expected)

    def _options(self, component: str) -> Options:
        served = [name for name, route in self._settings.routes.items() if route.component == component]
        ours: dict[str, Any] = {"grpc.enable_retries": 1, "grpc.service_config": service_config(served)}
        return tuple((dict(channel_options(self._settings.limits)) | ours).items())


def _target(endpoints: tuple[str, ...]) -> str:
    if len(endpoints) == 1:
        return endpoints[0]
    # Of several targets in one, gRPC takes numbers only.
    return "ipv4:" + ",".join(_numbers(one) for one in endpoints)


def _numbers(endpoint: str) -> str:
    host, _, port = endpoint.rpartition(":")
    return f"{socket.gethostbyname(host)}:{port}"
