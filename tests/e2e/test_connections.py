"""Many connections, and calls on them that never get on."""

from __future__ import annotations

import resource
from contextlib import AsyncExitStack

import pytest
from echo import Generating
from hyperframe.frame import HeadersFrame, RstStreamFrame
from wild import ECHO, hosted, wild

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.clock import SystemClock
from trunkline.config import Limits
from trunkline.runtime.openfiles import OWN, allow_files
from trunkline.runtime.options import server_options
from trunkline.runtime.server import MeshServer
from trunkline.testing import Loopback

MANY = 2_000


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < MANY + OWN, reason="THIS MACHINE ALLOWS TOO FEW OPEN FILES"
)
async def test_thousands_of_idle_connections_do_not_keep_others_out():
    allow_files(MANY + OWN)
    async with hosted(max_connections=MANY + 100) as server, AsyncExitStack() as opened:
        crowd = [await opened.enter_async_context(wild(server.address)) for _ in range(MANY)]
        assert all([await one.settled() for one in crowd])
        assert await server.answers()


async def test_a_connection_beyond_the_limit_is_closed_and_the_others_stay():
    async with hosted(max_connections=3) as server:
        async with wild(server.address) as first, wild(server.address) as second, wild(server.address) as third:
            assert all([await one.settled() for one in (first, second, third)])
            async with wild(server.address) as fourth:
                assert not await fourth.settled()
            assert all([await one.settled() for one in (first, second, third)])
        assert await server.answers()


async def test_hundreds_of_calls_whose_request_never_comes_do_not_keep_others_out():
    async with hosted() as server, AsyncExitStack() as opened:
        for _ in range(6):
            slow = await opened.enter_async_context(wild(server.address))
            for stream in range(1, 200, 2):
                slow.send(slow.open(stream))
            assert await slow.settled()
        assert await server.answers()


@pytest.fixture
async def loopback():
    async with Loopback() as started:
        yield started


async def test_calls_whose_request_never_comes_are_no_more_than_a_connection_may_have(loopback):
    await loopback.serve("echo", lambda _: [Generating()], limits=Limits(max_concurrent_streams=10))
    member = EchoServiceStub((await loopback.client("member", scopes=["echo.use"])).channel)
    async with wild(loopback.address("echo")) as slow:
        for stream in range(1, 60, 2):
            slow.send(slow.open(stream))
        assert await slow.settled()
        turned_away = [slow.heard.get_nowait().stream_id for _ in range(slow.heard.qsize())]
        assert turned_away == list(range(21, 60, 2))
        assert (await member.Echo(pb.EchoRequest(text="others"))).text == "others"


async def test_a_call_whose_request_never_comes_ends_at_the_deadline_it_came_with(loopback):
    await loopback.serve("echo", lambda _: [Generating()])
    async with wild(loopback.address("echo")) as slow:
        slow.send(slow.open(1, grpc_timeout="50m"))
        ended = await slow.heard.get()
        assert (type(ended), ended.stream_id) == (RstStreamFrame, 1) or isinstance(ended, HeadersFrame)


async def test_a_call_whose_request_never_comes_ends_with_its_connection():
    options = {**dict(server_options(Limits(max_connection_age=0.1))), "grpc.max_connection_age_grace_ms": 100}
    server = MeshServer([], component="echo", options=tuple(options.items()), clock=SystemClock())
    server.add(Generating())
    address = f"127.0.0.1:{server.listen('127.0.0.1:0')}"
    await server.start()
    try:
        async with wild(address) as slow:
            slow.send(slow.open(1, ECHO))
            await slow.ended.wait()
    finally:
        await server.stop()
