"""Health is open to whoever reaches the port, so it says no more than it is asked."""

from __future__ import annotations

import grpc
import pytest
from echo import SERVICE, Generating
from grpc_health.v1 import health_pb2, health_pb2_grpc

from trunkline.runtime.health import SERVING
from trunkline.testing import Loopback


@pytest.fixture
async def channel():
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()])
        async with grpc.aio.insecure_channel(loopback.address("echo")) as one:
            yield one


@pytest.fixture
def health(channel):
    return health_pb2_grpc.HealthStub(channel)


def asked(name):
    return health_pb2.HealthCheckRequest(service=name)


@pytest.mark.parametrize("name", ["", "liveness", SERVICE])
async def test_a_known_name_is_told_without_a_token(health, name):
    assert (await health.Check(asked(name))).status == SERVING


@pytest.mark.parametrize("name", ["no.Such", SERVICE.lower(), "echo", "backbone", "x" * 10_000])
async def test_an_unknown_name_is_not_found_and_nothing_comes_back(health, name):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health.Check(asked(name))
    error = caught.value
    assert (error.code(), error.details(), list(error.trailing_metadata())) == (grpc.StatusCode.NOT_FOUND, "", [])


async def test_a_watch_of_an_unknown_name_says_that_and_no_more(health):
    watch = health.Watch(asked("no.Such"))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()


async def test_a_watch_of_what_cannot_be_a_name_is_refused_rather_than_kept(health):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health.Watch(asked("x" * 256)).read()
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("method", ["Check", "Watch"])
async def test_what_is_no_request_is_answered_without_a_word_of_the_inside(channel, method, caplog):
    call = channel.unary_stream(f"/grpc.health.v1.Health/{method}")(b"\xff\xff")
    if method == "Watch":
        assert await call.read() == health_pb2.HealthCheckResponse(status="SERVICE_UNKNOWN").SerializeToString()
        call.cancel()
    else:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.NOT_FOUND, "")
    assert "Traceback" not in caplog.text


async def test_nobody_gets_a_list_of_what_is_served(channel, caplog):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary("/grpc.health.v1.Health/List")(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "Traceback" not in caplog.text
