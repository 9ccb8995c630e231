from __future__ import annotations

import grpc
import pytest
from echo import SERVICE
from grpc_health.v1 import health_pb2, health_pb2_grpc

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.runtime.health import Health
from trunkline.runtime.healthport import health_port

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
async def health():
    health = Health([SERVICE])
    await health.start()
    return health


async def ask(port, service):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        request = health_pb2.HealthCheckRequest(service=service)
        return (await health_pb2_grpc.HealthStub(channel).Check(request, timeout=10)).status


async def test_it_says_what_the_server_says(health):
    async with health_port("127.0.0.1:0", health) as port:
        assert [await ask(port, service) for service in ("", SERVICE, "liveness")] == [SERVING] * 3
        assert await ask(port, "readiness") == NOT_SERVING
        await health.ready(True)
        assert await ask(port, "readiness") == SERVING
        await health.drain()
        assert [await ask(port, service) for service in ("readiness", "liveness")] == [NOT_SERVING, SERVING]


async def test_it_answers_nothing_else(health):
    async with (
        health_port("127.0.0.1:0", health) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await EchoServiceStub(channel).Echo(pb.EchoRequest(text="a"), timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_there_is_none_unless_it_is_asked_for(health):
    async with health_port(None, health) as port:
        assert port is None


async def test_a_taken_port_is_named(health):
    async with health_port("127.0.0.1:0", health) as port:
        with pytest.raises(OSError, match=f"health.listen: cannot listen on 127.0.0.1:{port}"):
            async with health_port(f"127.0.0.1:{port}", health):
                raise AssertionError
