"""One health check over a channel of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health_pb2

from trunkline.supervisor.probe import reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHECK = "/grpc.health.v1.Health/Check"
CONNECT_FAILED = 2
RPC_FAILED = 3
NOT_SERVING = 4


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom to trust and what to show."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What is asked. Timeouts in seconds; `tls` None for plaintext; `headers` are sent with the question."""

    address: str
    service: str
    connect_timeout: float
    rpc_timeout: float
    tls: Tls | None = None
    user_agent: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit status and the line for people."""

    status: int
    text: str


def probe(asked: Probe, *, told: Callable[[str], None]) -> Outcome:
    """Connect and ask once. Raises OSError where a certificate cannot be read."""
    began = time.monotonic()
    with _channel(asked) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=asked.connect_timeout)
        except grpc.FutureTimeoutError:
            where = f"{asked.address!r} within {asked.connect_timeout:g}s"
            return Outcome(CONNECT_FAILED, f"timeout: failed to connect service {where}")
        connected = time.monotonic()
        told(f"connection established (took {(connected - began) * 1000:.1f}ms)")
        outcome = _ask(channel, asked)
        told(f"time elapsed: connect={connected - began:.3f}s rpc={time.monotonic() - connected:.3f}s")
        return outcome


def _channel(asked: Probe) -> grpc.Channel:
    options: list[tuple[str, int | str]] = [("grpc.enable_http_proxy", 0)]
    if asked.user_agent:
        options.append(("grpc.primary_user_agent", asked.user_agent))
    if asked.tls is None:
        return grpc.insecure_channel(asked.address, options)
    tls = asked.tls
    if tls.name:
        options = [*options, ("grpc.ssl_target_name_override", tls.name)]
    ca, key, certificate = (path.read_bytes() if path else None for path in (tls.ca, tls.key, tls.certificate))
    return grpc.secure_channel(asked.address, grpc.ssl_channel_credentials(ca, key, certificate), options)


def _ask(channel: grpc.Channel, asked: Probe) -> Outcome:
    check = channel.unary_unary(
        CHECK,
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    try:
        request = health_pb2.HealthCheckRequest(service=asked.service)
        answer = check(request, timeout=asked.rpc_timeout, metadata=asked.headers)
    except grpc.RpcError as error:
        return Outcome(RPC_FAILED, _failure(error, asked))
    status = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        return Outcome(NOT_SERVING, f'service unhealthy (responded with "{status}")')
    return Outcome(0, f"status: {status}")


def _failure(error: grpc.RpcError, asked: Probe) -> str:
    code = error.code()
    if code == grpc.StatusCode.UNIMPLEMENTED:
        return "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)"
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return f"timeout: health rpc did not complete within {asked.rpc_timeout:g}s"
    return f"error: health rpc failed: {reason(code.name, error.details() or '', asked.service)}"
