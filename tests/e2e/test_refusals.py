"""Refused calls over real sockets: what is remembered of them, and what happens to whoever collects them."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from echo import Generating

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.audit.folder import lines, series_in
from trunkline.audit.search import Filter, search
from trunkline.config import Settings
from trunkline.errors import FailedPrecondition, PermissionDenied, ResourceExhausted
from trunkline.mesh import Mesh
from trunkline.testing import Loopback


async def served(tmp_path, calls) -> None:
    """Serve echo as a process does, without a backbone, and make `calls` with a stub that has no token."""
    settings = Settings(component="echo", listen="127.0.0.1:0", data_dir=tmp_path, drain={"delay": 0.0})
    async with Mesh.open(settings) as mesh:
        serving = asyncio.create_task(mesh.serve(Generating()))
        async with grpc.aio.insecure_channel(f"127.0.0.1:{await mesh.port()}") as channel:
            await calls(EchoServiceStub(channel))
        mesh.stop.asked.set()
        await serving


async def refused(stub) -> str:
    with pytest.raises((PermissionDenied, ResourceExhausted)) as caught:
        await stub.Echo(pb.EchoRequest(text="a"))
    return caught.value.reason


async def test_a_refused_call_is_in_the_audit_log_of_whoever_refused_it():
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()])
        mesh = await loopback.client("stranger")
        assert await refused(EchoServiceStub(mesh.channel)) == "SCOPE_MISSING"
    (event,) = loopback.events
    assert (event.kind, event.outcome, event.reason) == ("call", "refused", "SCOPE_MISSING")
    assert event.who == "spiffe://loopback/stranger"
    assert event.what == "trunkline.api.testing.v1.EchoService/Echo"
    assert event.source.startswith("ipv4:127.0.0.1:")
    assert len(event.trace_id) == 32


async def test_a_peer_beyond_the_rate_waits_while_its_neighbour_is_served():
    async with Loopback(identity={"refusals": "2/hour"}) as loopback:
        await loopback.serve("echo", lambda _: [Generating()])
        stranger = EchoServiceStub((await loopback.client("stranger")).channel)
        reasons = [await refused(stranger) for _ in range(4)]
        assert reasons == ["SCOPE_MISSING", "SCOPE_MISSING", "TOO_MANY_REFUSALS", "TOO_MANY_REFUSALS"]
        with pytest.raises(ResourceExhausted) as caught:
            await stranger.Echo(pb.EchoRequest(text="a"), timeout=1.0)
        assert 0 < caught.value.retry_after <= 3600
        neighbour = EchoServiceStub((await loopback.client("neighbour", scopes=["echo.use"])).channel)
        assert (await neighbour.Echo(pb.EchoRequest(text="a"))).text == "a"
    assert [event.reason for event in loopback.events] == ["SCOPE_MISSING", "SCOPE_MISSING", "TOO_MANY_REFUSALS"]


async def test_a_peer_that_is_told_to_wait_is_not_tried_again_by_the_mesh():
    async with Loopback(identity={"refusals": "1/hour"}) as loopback:
        mesh = await loopback.serve("echo", lambda _: [Generating()])
        stranger = EchoServiceStub((await loopback.client("stranger")).channel)
        for _ in range(3):
            await refused(stranger)
    calls = [line for line in mesh._telemetry.metrics.snapshot() if line.method.endswith("EchoService/Echo")]
    assert sum(line.count for line in calls) == 3


async def test_a_process_that_serves_has_its_refusals_on_disk_when_it_ends(tmp_path):
    async def call(stub):
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Echo(pb.EchoRequest(text="a"))

    await served(tmp_path, call)
    (log,) = series_in(tmp_path / "audit")
    (record,) = search(lines(log.files()), Filter(kind="call"))
    assert (record.source.component, record.event.who, record.event.reason) == ("echo", "", "TOKEN_MISSING")
    assert log.read_anchor().closed


async def test_a_second_process_with_the_same_log_does_not_start(tmp_path):
    settings = Settings(component="echo", listen="127.0.0.1:0", data_dir=tmp_path)
    async with Mesh.open(settings):
        with pytest.raises(FailedPrecondition) as caught:
            await Mesh.open(settings).__aenter__()
    assert caught.value.reason == "AUDIT_LOCKED"
