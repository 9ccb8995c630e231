"""A mesh whose every connection shows certificates, and what strangers and thieves get from it."""

from __future__ import annotations

import asyncio
import logging

import grpc
import pytest
from echo import SERVICE, Generating
from grpc_health.v1 import health_pb2, health_pb2_grpc
from issued import Vouching, der, handshake

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.call import current_call
from trunkline.config import ConfigError, Settings
from trunkline.errors import FailedPrecondition, Unavailable
from trunkline.mesh import Mesh
from trunkline.sync import SyncMesh
from trunkline.testing import Loopback

DOMAIN = "loopback"


class Telling(Generating):
    """Answers with the certificate's name and the token's."""

    async def Echo(self, request, context):
        call = current_call()
        return pb.EchoResponse(text=f"{call.peer_identity} {call.principal.caller}")


@pytest.fixture(scope="module")
def vouching():
    return Vouching(DOMAIN)


@pytest.fixture
def tls(vouching, tmp_path):
    """The settings with which a component shows its certificate, or that of another."""

    def settings(name, *, shows="", trust_domain=""):
        folder = vouching.proof(shows or name, trust_domain=trust_domain).write(tmp_path / name)
        return {"mode": "mutual", "folder": folder}

    return settings


@pytest.fixture
async def loopback(tls):
    async with Loopback() as started:
        await started.serve("echo", lambda _: [Telling()], tls=tls("echo"), health={"listen": "127.0.0.1:0"})
        yield started


async def member(loopback, name, tls):
    mesh = await loopback.client(name, scopes=["echo.use"], tls=tls)
    return EchoServiceStub(mesh.channel)


async def test_a_call_arrives_with_a_certificate_and_a_token_of_one_component(loopback, tls):
    stub = await member(loopback, "member", tls("member"))
    answer = await stub.Echo(pb.EchoRequest(text="who"))
    assert answer.text == f"spiffe://{DOMAIN}/member spiffe://{DOMAIN}/member"


async def test_the_token_of_another_component_is_useless(loopback, tls):
    victim = await loopback.client("member", scopes=["echo.use"], tls=tls("member"))
    stolen = victim._membership.tokens.peek("echo")
    thief = await loopback.client("thief", tls=tls("thief"))
    channel = thief._network.routes.component("echo").endpoints[0].channel
    with pytest.raises(grpc.aio.AioRpcError, match="not of the component") as caught:
        await EchoServiceStub(channel).Echo(pb.EchoRequest(text="a"), metadata=[("authorization", f"Bearer {stolen}")])
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_certificate_of_another_trust_domain_opens_no_method(loopback, vouching, tmp_path):
    proof = vouching.proof("member", trust_domain="other")
    credentials = grpc.ssl_channel_credentials(proof.roots, proof.key, proof.chain)
    options = [("grpc.default_authority", f"echo.{DOMAIN}")]
    async with grpc.aio.secure_channel(loopback.address("echo"), credentials, options=options) as channel:
        for call in (
            EchoServiceStub(channel).Echo(pb.EchoRequest()),
            EchoServiceStub(channel).Greet(pb.GreetRequest()),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_another_component_at_the_address_of_the_callee_gets_no_call(tls):
    async with Loopback() as started:
        imposter = Telling()
        await started.serve("imposter", lambda _: [imposter], tls=tls("imposter"))
        there = {"component": "echo", "endpoints": [started.address("imposter")]}
        client = await started.client(
            "member", scopes=["echo.use"], tls=tls("member"), routes={SERVICE: there}, components={}
        )
        with pytest.raises(Unavailable) as caught:
            await EchoServiceStub(client.channel).Echo(pb.EchoRequest(text="who"))
    assert "Hostname Verification Check failed" in caught.value.metadata["cause"]


async def test_a_component_with_the_certificate_of_another_does_not_start(tls):
    settings = Settings(component="echo", mesh=DOMAIN, tls=tls("echo", shows="progress"))
    with pytest.raises(FailedPrecondition) as caught:
        async with Mesh.open(settings):
            raise AssertionError
    assert caught.value.reason == "CERTIFICATE_NAME"


async def test_a_component_with_a_certificate_of_another_trust_domain_does_not_start(tls):
    settings = Settings(component="echo", mesh=DOMAIN, tls=tls("echo", trust_domain="other"))
    with pytest.raises(FailedPrecondition) as caught:
        async with Mesh.open(settings):
            raise AssertionError
    assert caught.value.reason == "CERTIFICATE_NAME"


async def test_probes_without_tls_hear_of_health_on_a_port_of_its_own(loopback, caplog, tls):
    with caplog.at_level(logging.INFO, "trunkline.hosting"):
        await loopback.serve("other", lambda _: [], tls=tls("other"), health={"listen": "127.0.0.1:0"})
    [line] = [line for line in caplog.messages if line.startswith("answering health checks on port ")]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{line.rpartition(' ')[2]}") as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="readiness"))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_needed_component_is_watched_over_tls(loopback, tls):
    needy = await loopback.serve("needy", lambda _: [], tls=tls("needy"), needs=["echo"])
    port = await needy.port()
    proof = tls("needy")["folder"]
    credentials = grpc.ssl_channel_credentials(
        *((proof / name).read_bytes() for name in ("ca.crt", "tls.key", "tls.crt"))
    )
    options = [("grpc.default_authority", f"needy.{DOMAIN}")]
    async with grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options=options) as channel:
        async for answer in health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(service="readiness")
        ):
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                break


async def test_new_files_are_taken_up_by_both_ends_while_no_call_fails(tls, vouching, tmp_path):
    soon = {"reload": 0.01}
    async with Loopback() as started:
        server = await started.serve("echo", lambda _: [Telling()], tls=tls("echo") | soon)
        client = await started.client("member", scopes=["echo.use"], tls=tls("member") | soon)
        stub, port = EchoServiceStub(client.channel), await server.port()
        await stub.Echo(pb.EchoRequest(text="who"))
        [endpoint] = client._network.routes.component("echo").endpoints
        before, shown = endpoint.channel, vouching.proof("echo")
        shown.write(tmp_path / "echo")
        vouching.proof("member").write(tmp_path / "member")
        mine, seen, calls = vouching.proof("member"), b"", 0
        while endpoint.channel is before or seen != der(shown):
            assert (await stub.Echo(pb.EchoRequest(text="who"))).text.startswith(f"spiffe://{DOMAIN}/member ")
            seen = await asyncio.to_thread(handshake, port, mine, tmp_path / "probe")
            calls += 1
        assert calls


async def test_a_thread_shows_a_certificate_and_takes_up_a_new_one(loopback, tls, vouching, tmp_path):
    shown = tls("script")
    settings = Settings(
        component="script",
        mesh=DOMAIN,
        tls=shown | {"reload": 1e-9},
        routes={SERVICE: {"component": "echo", "endpoints": [loopback.address("echo")]}},
    )

    def script():
        answers = []
        with SyncMesh(settings) as mesh:
            greet = EchoServiceStub(mesh.channel).Greet
            answers.append(greet(pb.GreetRequest(text="a")).text)
            before = mesh._lines.to(settings.routes[SERVICE])
            vouching.proof("script").write(shown["folder"])
            answers.append(greet(pb.GreetRequest(text="b")).text)
            answers.append(mesh._lines.to(settings.routes[SERVICE]) is not before)
        return answers

    assert await asyncio.to_thread(script) == ["a", "b", True]


async def test_plaintext_beyond_this_machine_is_refused_unless_it_is_asked_for(caplog):
    there = {"components": {"echo": ("echo.example:7400",)}}
    with pytest.raises(ConfigError, match="no plaintext beyond this machine"):
        async with Mesh.open(Settings(component="a", **there)):
            raise AssertionError
    with pytest.raises(ConfigError, match="no plaintext beyond this machine"):
        SyncMesh(Settings(component="a", **there))
    with caplog.at_level(logging.WARNING):
        async with Mesh.open(Settings(component="a", tls={"plaintext": True}, **there)):
            assert caplog.messages == [
                "calls leave this machine unencrypted, as tls.plaintext allows: echo.example:7400 (echo)"
            ]


async def test_a_token_without_a_certificate_gets_nobody_in(loopback):
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await EchoServiceStub(channel).Greet(pb.GreetRequest(), timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
