"""Asking a server by grpc.health.v1 whether it is ready."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc.aio

    from trunkline.supervisor.target import Target

CHECK = "/grpc.health.v1.Health/Check"
READINESS = "readiness"
PAUSE = 0.05
CALL_TIMEOUT = 1.0
# A server that is still starting is asked again soon; the default backoff begins with a whole second.
OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
)


def reason(code: str, details: str, service: str) -> str:
    """Return why a check for `service` failed; of a failed connection only its cause, which C-core puts last."""
    if code == "NOT_FOUND" and not details:
        return f"NOT_FOUND: the server has no service {service!r}"
    _, found, cause = details.rpartition("Failed to connect to remote host: ")
    return cause.lower() if found else f"{code}: {details}"


async def until_serving(
    target: Target, service: str = READINESS, *, told: Callable[[str], None] = lambda _: None
) -> None:
    """Return once the server at `target` answers SERVING for `service`; wait for ever where it never does.

    `told` hears after each try why it did not. Raises FailedPrecondition where the certificate to show cannot be read.
    """
    import grpc.aio
    from grpc_health.v1 import health_pb2

    async with _channel(target) as channel:
        check = channel.unary_unary(
            CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        while True:
            try:
                answer = await check(health_pb2.HealthCheckRequest(service=service), timeout=CALL_TIMEOUT)
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
                told(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
            except grpc.aio.AioRpcError as error:
                told(reason(error.code().name, error.details() or "", service))
            await asyncio.sleep(PAUSE)


def _channel(target: Target) -> grpc.aio.Channel:
    import grpc.aio

    proof = target.proof()
    if proof is None:
        return grpc.aio.insecure_channel(target.address, options=OPTIONS)
    options = (*OPTIONS, ("grpc.default_authority", target.name))
    return grpc.aio.secure_channel(target.address, grpc.ssl_channel_credentials(*proof), options=options)
