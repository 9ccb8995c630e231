from __future__ import annotations

import asyncio
import os
import signal

import grpc
import pytest
from echo import Generating, Wire, wired
from grpc_health.v1 import health_pb2, health_pb2_grpc

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.clock import SystemClock
from trunkline.config import Limits
from trunkline.errors import Unavailable
from trunkline.runtime.health import Health
from trunkline.runtime.lifecycle import Stop, drain
from trunkline.runtime.options import server_options
from trunkline.runtime.server import MeshServer

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Gated(Generating):
    """Answers when the gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def Once(self, request, context):
        self.began.put_nowait("once")
        await self.gate.wait()
        return pb.OnceResponse(text=request.text)


async def serving(address: str = "127.0.0.1:0", servicer: Generating | None = None):
    server = MeshServer((), component="echo", options=server_options(Limits()), clock=SystemClock())
    server.add(servicer or Generating())
    health = Health(server.services)
    server.add_plain(health, reflection=True)
    port = server.listen(address)
    await server.start()
    await health.start()
    return server, health, f"127.0.0.1:{port}"


async def status(address: str, service: str) -> int:
    async with grpc.aio.insecure_channel(address) as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service))
    return answer.status


async def test_a_drain_finishes_what_runs_and_refuses_what_comes():
    servicer = Gated()
    async with wired(servicer) as wire:
        running = asyncio.ensure_future(wire.stub.Once(pb.OnceRequest(text="a")))
        await servicer.began.get()
        draining = asyncio.create_task(drain(wire.servers[0], Health(()), Stop(), delay=0.0, grace=10.0))
        while wire.servers[0].gate.open:
            await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="shutting down") as caught:
            await wire.stub.Once(pb.OnceRequest(text="b"))
        servicer.gate.set()
        assert (await running).text == "a"
        assert await draining == 0
    assert caught.value.reason == "DRAINING"


async def test_a_second_signal_does_not_wait():
    servicer, stop = Gated(), Stop()
    async with wired(servicer) as wire:
        running = asyncio.ensure_future(wire.stub.Once(pb.OnceRequest(text="a")))
        await servicer.began.get()
        stop.ask()
        draining = asyncio.create_task(drain(wire.servers[0], Health(()), stop, delay=0.0, grace=60.0))
        await asyncio.sleep(0)
        stop.ask()
        assert await draining == 1
        await asyncio.gather(running, return_exceptions=True)


async def test_signals_ask_once_and_then_force():
    stop = Stop()
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.asked.wait()
        assert not stop.forced.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        await stop.forced.wait()


async def test_health_follows_the_life_of_the_server():
    server, health, address = await serving()
    try:
        for service in ("", "liveness", server.services[0]):
            assert await status(address, service) == SERVING
        assert await status(address, "readiness") == NOT_SERVING
        await health.ready(True)
        assert await status(address, "readiness") == SERVING
        await health.drain()
        for service in ("", "readiness", server.services[0]):
            assert await status(address, service) == NOT_SERVING
        assert await status(address, "liveness") == SERVING
        await health.ready(True)
        assert await status(address, "readiness") == NOT_SERVING
    finally:
        await server.stop()


async def test_a_taken_port_is_refused():
    server, _, address = await serving()
    try:
        with pytest.raises(OSError, match=f"cannot listen on {address}"):
            await serving(address)
    finally:
        await server.stop()


class Restarts:
    """Two instances of one component, restarted in turn while calls arrive."""

    def __init__(self) -> None:
        self.running: dict[str, tuple[MeshServer, Health]] = {}

    async def begin(self) -> list[str]:
        for _ in range(2):
            server, health, address = await serving()
            self.running[address] = (server, health)
        return list(self.running)

    async def restart(self, address: str) -> None:
        server, health = self.running[address]
        assert await drain(server, health, Stop(), delay=0.5, grace=5.0) == 0
        server, health, _ = await serving(address)
        self.running[address] = (server, health)

    async def end(self) -> None:
        for server, _ in self.running.values():
            await server.stop()


async def test_a_rolling_restart_under_200_calls_a_second_fails_no_call():
    restarts = Restarts()
    addresses = await restarts.begin()
    loop = asyncio.get_running_loop()
    calls: list[asyncio.Future[pb.GreetResponse]] = []
    wire = Wire([], addresses, ())
    timer = None

    def call(at: float) -> None:
        nonlocal timer
        calls.append(asyncio.ensure_future(wire.stub.Greet(pb.GreetRequest(text="a"))))
        timer = loop.call_at(at + 0.005, call, at + 0.005)

    call(loop.time())
    for _ in range(2):
        for address in addresses:
            await restarts.restart(address)
    timer.cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    await wire.channel.close()
    await restarts.end()
    assert [one for one in answers if isinstance(one, Exception)] == []
    assert len(calls) > 150
