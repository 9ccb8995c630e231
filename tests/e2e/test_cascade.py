from __future__ import annotations

import asyncio

import pytest
from echo import Generating

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.call import current_call
from trunkline.clock import SystemClock
from trunkline.config import Settings
from trunkline.errors import DeadlineExceeded, MeshError, Unavailable
from trunkline.hosting import Hosting
from trunkline.membership import Stranger
from trunkline.runtime.lifecycle import Stop
from trunkline.runtime.pool import Routes
from trunkline.testing import Loopback

SCOPE = ["echo.use"]


class Hop(Generating):
    """Passes a call on to the next component, and counts the handlers that are alive."""

    alive = 0

    def __init__(self, following=None):
        super().__init__()
        self.following = following
        self.left: list[int | None] = []

    async def Echo(self, request, context):
        Hop.alive += 1
        self.left.append(current_call().attempts_left)
        try:
            if self.following is not None:
                return await self.following.Echo(request)
            return await super().Echo(request, context)
        finally:
            Hop.alive -= 1


async def three_hops(loopback: Loopback, last: Hop) -> tuple[EchoServiceStub, list[Hop]]:
    hops = [last]
    await loopback.serve("c", lambda _: [last])
    for name, below in (("b", "c"), ("a", "b")):

        def hop(mesh, below=below):
            hops.insert(0, Hop(EchoServiceStub(mesh.component(below))))
            return [hops[0]]

        await loopback.serve(name, hop, scopes=SCOPE)
    client = await loopback.client("client", scopes=SCOPE)
    return EchoServiceStub(client.component("a")), hops


async def test_a_deadline_of_300_ms_over_three_hops_leaves_no_handler_alive():
    async with Loopback() as loopback:
        stub, hops = await three_hops(loopback, Hop())
        await stub.Echo(pb.EchoRequest(text="connects all"))
        started = asyncio.get_running_loop().time()
        with pytest.raises(DeadlineExceeded):
            await stub.Echo(pb.EchoRequest(text="wait"), timeout=0.3)
        async with asyncio.timeout_at(started + 1.0):
            assert await hops[-1].ended.get() == "wait"
            while Hop.alive:
                await asyncio.sleep(0)


async def test_a_cancelled_call_ends_every_handler_below_it():
    async with Loopback() as loopback:
        stub, hops = await three_hops(loopback, Hop())
        call = asyncio.ensure_future(stub.Echo(pb.EchoRequest(text="wait")))
        await hops[-1].began.get()
        call.cancel()
        assert await hops[-1].ended.get() == "wait"
        while Hop.alive:
            await asyncio.sleep(0)


class Down(Hop):
    """Always fails in a way that could be tried again."""

    async def Echo(self, request, context):
        self.left.append(current_call().attempts_left)
        raise Unavailable("BUSY", "not now")


async def test_an_outage_below_is_not_multiplied_by_each_hop_above_it():
    async with Loopback() as loopback:
        stub, hops = await three_hops(loopback, Down())
        with pytest.raises(Unavailable):
            await stub.Echo(pb.EchoRequest(text="a"))
    assert len(hops[-1].left) == 3
    assert len(hops[0].left) == len(hops[1].left) == 1


async def test_one_trace_and_one_correlation_id_run_through_all_hops():
    seen = []

    class Noting(Hop):
        async def Echo(self, request, context):
            seen.append((current_call().trace_id, current_call().correlation_id))
            return await super().Echo(request, context)

    async with Loopback() as loopback:
        stub, _ = await three_hops(loopback, Noting())
        await stub.Echo(pb.EchoRequest(text="a"), metadata=[("x-correlation-id", "order-7")])
        await stub.Echo(pb.EchoRequest(text="a"))
    assert seen[0][1] == "order-7"
    assert len(seen[1][0]) == 32
    assert seen[1][1] == seen[1][0]


async def test_an_error_from_three_hops_away_names_the_component_that_raised_it():
    async with Loopback() as loopback:
        stub, _ = await three_hops(loopback, Hop())
        with pytest.raises(MeshError, match="nothing answers") as caught:
            await stub.Echo(pb.EchoRequest(text="missing"))
    assert (caught.value.reason, caught.value.domain, caught.value.remote) == ("NO_ECHO", "c", True)


async def test_what_a_handler_leaves_running_is_not_bound_by_its_calls_deadline():
    answers: asyncio.Queue[str] = asyncio.Queue()

    class Leaving(Hop):
        async def later(self, answered: asyncio.Event):
            await answered.wait()
            answers.put_nowait((await self.following.Echo(pb.EchoRequest(text="later"))).text)

        async def Echo(self, request, context):
            self.answered = asyncio.Event()
            self.left_running = asyncio.create_task(self.later(self.answered))
            return pb.EchoResponse(text=request.text)

    async with Loopback() as loopback:
        await loopback.serve("below", lambda _: [Hop()])
        leaving = []

        def make(mesh):
            leaving.append(Leaving(EchoServiceStub(mesh.component("below"))))
            return leaving

        await loopback.serve("above", make, scopes=SCOPE)
        client = EchoServiceStub((await loopback.client("client", scopes=SCOPE)).component("above"))
        await client.Echo(pb.EchoRequest(text="a"), timeout=0.2)
        asyncio.get_running_loop().call_later(0.3, leaving[0].answered.set)
        assert await answers.get() == "later"


async def test_who_waits_for_the_port_of_a_server_that_cannot_start_is_told_why():
    async with Loopback() as loopback:
        await loopback.serve("first", lambda _: [Hop()])
        mesh = await loopback.client("second", listen=loopback.address("first"))
        serving = asyncio.create_task(mesh.serve(Hop()))
        with pytest.raises(OSError, match="cannot listen"):
            await mesh.port()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_component_that_needs_one_nobody_knows_is_never_ready():
    settings, clock = Settings(component="lonely", needs=("acounts",)), SystemClock()
    hosting = Hosting(
        settings, (), membership=Stranger(settings, clock), routes=Routes({}, {}), clock=clock, stop=Stop()
    )
    assert [(row.component, row.reachable) for row in hosting.dependencies()] == [("acounts", False)]
