from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import grpc
import pytest
from backbone import backbone
from echo import Generating
from grpc_health.v1 import health_pb2, health_pb2_grpc

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.mesh import Mesh

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


class Echoing:
    """A component of a real backbone, seen from outside the mesh."""

    def __init__(self, channel: grpc.aio.Channel, servicer: Generating) -> None:
        self.stub = EchoServiceStub(channel)
        self.servicer = servicer
        self._health = health_pb2_grpc.HealthStub(channel)

    async def readiness(self):
        async for answer in self._health.Watch(health_pb2.HealthCheckRequest(service="readiness")):
            yield answer.status

    async def becomes(self, status) -> None:
        async for now in self.readiness():
            if now == status:
                return


@asynccontextmanager
async def echoing(running, folder, **changes):
    settings = running.settings(folder, listen="127.0.0.1:0", **changes)
    async with Mesh.open(settings) as mesh:
        servicer = Generating()
        serving = asyncio.create_task(mesh.serve(servicer))
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{await mesh.port()}") as channel:
                yield Echoing(channel, servicer)
        finally:
            mesh.stop.asked.set()
            await serving


@pytest.fixture
async def running():
    async with backbone() as running:
        yield running


def bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


async def code_of(call) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call
    return failure.value.code(), failure.value.details()


async def test_readiness_waits_for_the_first_word_of_what_is_revoked(running, tmp_path):
    running.servicer.silent = True
    async with echoing(running, tmp_path) as echo:
        await running.servicer.watched.get()
        readiness = echo.readiness()
        assert await anext(readiness) == NOT_SERVING
        await running.stop()
        running.servicer.silent = False
        await running.start()
        await echo.becomes(SERVING)


async def test_readiness_falls_with_the_feed_and_rises_with_it_and_public_methods_go_on(running, tmp_path):
    async with echoing(running, tmp_path, stale_after=0.3) as echo:
        await echo.becomes(SERVING)
        await running.stop()
        await echo.becomes(NOT_SERVING)
        token = running.servicer.issue("activity", "accounts").text
        call = echo.stub.Echo(pb.EchoRequest(text="a"), metadata=bearer(token))
        assert await code_of(call) == (
            grpc.StatusCode.UNAVAILABLE,
            "this component has not heard for too long which tokens are revoked",
        )
        assert (await echo.stub.Greet(pb.GreetRequest(text="a"))).text == "a"
        await running.start()
        await echo.becomes(SERVING)


async def test_a_revocation_ends_a_running_stream_at_both_ends(running, tmp_path):
    async with echoing(running, tmp_path) as echo:
        await echo.becomes(SERVING)
        issuer = running.servicer
        token = issuer.issue("activity", "accounts", scopes=["echo.use"])
        stream = echo.stub.Expand(pb.ExpandRequest(text="wait", count=1), metadata=bearer(token.text))
        assert (await stream.read()).text == "wait"
        issuer.revoke(jti=token.jti)
        assert await code_of(stream.read()) == (grpc.StatusCode.UNAUTHENTICATED, "the token was revoked")
        assert await echo.servicer.ended.get() == "wait"


async def test_a_caller_with_a_key_nobody_told_of_waits_for_it(running, tmp_path):
    async with echoing(running, tmp_path) as echo:
        await echo.becomes(SERVING)
        new = running.servicer.rotate_untold()
        token = running.servicer.issue("activity", "accounts", new, scopes=["echo.use"]).text
        answers = await asyncio.gather(
            *(echo.stub.Echo(pb.EchoRequest(text="a"), metadata=bearer(token)) for _ in range(20))
        )
        assert [answer.text for answer in answers] == ["a"] * 20
        assert running.servicer.asked_for_keys == 2
