from __future__ import annotations

import asyncio
import datetime as dt
import os
import ssl
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from echo import SERVICE, Generating
from issued import NOW, Proofs, Vouching, der, handshake

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.call import current_call
from trunkline.clock import SystemClock
from trunkline.config import Limits
from trunkline.errors import Unavailable
from trunkline.resilience.balancer import Rotation
from trunkline.resilience.budget import Budget
from trunkline.runtime.channel import MeshChannel
from trunkline.runtime.options import channel_options, server_options
from trunkline.runtime.pool import Endpoint, Pool, Routes
from trunkline.runtime.renewal import Renewal
from trunkline.runtime.server import MeshServer
from trunkline.runtime.tls import channel_credentials, expecting, server_credentials

TESTS = Path(__file__).parents[1]


class Noting(Generating):
    """Answers with who calls, and waits at the gate where the text says so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def Echo(self, request, context):
        return pb.EchoResponse(text=current_call().peer_identity)

    async def pause(self, text):
        if text == "wait":
            self.began.put_nowait(text)
            await self.gate.wait()


@pytest.fixture(scope="module")
def vouching():
    return Vouching()


@asynccontextmanager
async def listening(proofs, servicer=None):
    server = MeshServer((), component="accounts", options=server_options(Limits()), clock=SystemClock())
    server.add(servicer or Noting())
    port = server.listen("127.0.0.1:0", server_credentials(proofs))
    await server.start()
    try:
        yield port
    finally:
        await server.stop()


def endpoint(port, proof, name="accounts.campus"):
    credentials = None if proof is None else channel_credentials(proof)
    options = channel_options(Limits()) if proof is None else expecting(channel_options(Limits()), name)
    return Endpoint(f"127.0.0.1:{port}", options=options, credentials=credentials)


def stub(end):
    pool = Pool("accounts", [end], balancer=Rotation(), budget=Budget(ratio=0, floor=0, now=0))
    return EchoServiceStub(MeshChannel(Routes({SERVICE: "accounts"}, {"accounts": pool})))


async def echo(port, proof, name="accounts.campus"):
    """Make one call; return what is answered."""
    end = endpoint(port, proof, name)
    try:
        return (await stub(end).Echo(pb.EchoRequest(text="who"), timeout=10)).text
    finally:
        await end.close()


async def test_the_server_knows_who_calls_by_the_certificate(vouching):
    async with listening(Proofs(vouching.proof("accounts"))) as port:
        assert await echo(port, vouching.proof("journey")) == "spiffe://campus/journey"


async def test_a_stranger_without_a_certificate_is_let_in_by_nobody(vouching, tmp_path):
    async with listening(Proofs(vouching.proof("accounts"))) as port:
        with pytest.raises(OSError, match=r"(?i)certificate|hung up|reset|closed"):
            await asyncio.to_thread(handshake, port, None, tmp_path)


async def test_a_stranger_in_plaintext_is_let_in_by_nobody(vouching):
    async with listening(Proofs(vouching.proof("accounts"))) as port:
        with pytest.raises(Unavailable):
            await echo(port, None)


async def test_a_certificate_of_another_authority_is_let_in_by_nobody(vouching, tmp_path):
    async with listening(Proofs(vouching.proof("accounts"))) as port:
        with pytest.raises(OSError, match=r"(?i)unknown ca|certificate|hung up|reset"):
            await asyncio.to_thread(handshake, port, Vouching().proof("journey"), tmp_path)


async def test_an_expired_certificate_is_let_in_by_nobody(tmp_path):
    # The authority of then vouched for both; its own time goes on.
    vouching = Vouching(now=NOW - dt.timedelta(days=91))
    expired = vouching.proof("journey")
    vouching.authority._now = NOW
    async with listening(Proofs(vouching.proof("accounts"))) as port:
        assert await asyncio.to_thread(handshake, port, vouching.proof("journey"), tmp_path)
        with pytest.raises(OSError, match=r"(?i)expired|certificate|hung up|reset"):
            await asyncio.to_thread(handshake, port, expired, tmp_path)


async def test_a_server_of_another_authority_is_not_called(vouching):
    async with listening(Proofs(Vouching().proof("accounts"))) as port:
        with pytest.raises(Unavailable) as caught:
            await echo(port, vouching.proof("journey"))
        assert "CERTIFICATE_VERIFY_FAILED" in caught.value.metadata["cause"]


@pytest.mark.parametrize(("component", "trust_domain"), [("progress", "campus"), ("accounts", "other")])
async def test_another_component_at_the_address_of_the_callee_is_not_called(vouching, component, trust_domain):
    wrong = vouching.proof(component, trust_domain=trust_domain)
    async with listening(Proofs(wrong)) as port:
        with pytest.raises(Unavailable) as caught:
            await echo(port, vouching.proof("journey"))
        assert "Hostname Verification Check failed" in caught.value.metadata["cause"]


async def test_nothing_older_than_tls_1_3_is_spoken(vouching, tmp_path):
    shown, folder = vouching.proof("accounts"), tmp_path / "client"
    environ = {name: value for name, value in os.environ.items() if name != "GRPC_SSL_CIPHER_SUITES"}
    environ["PYTHONPATH"] = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        TESTS / "runtime" / "tlsserver.py",
        shown.write(tmp_path / "server"),
        env=environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        port = int(await server.stdout.readline())
        mine = vouching.proof("journey")
        newest = ssl.TLSVersion.TLSv1_3
        assert await asyncio.to_thread(handshake, port, mine, folder, version=newest) == der(shown)
        with pytest.raises(OSError, match=r"(?i)alert|eof|reset|hung up"):
            await asyncio.to_thread(handshake, port, mine, folder, version=ssl.TLSVersion.TLSv1_2)
    finally:
        server.stdin.close()
        await server.wait()


async def test_a_new_certificate_of_the_server_is_shown_on_the_next_connection(vouching, tmp_path):
    proofs, mine = Proofs(vouching.proof("accounts")), vouching.proof("journey")
    async with listening(proofs) as port:
        assert await asyncio.to_thread(handshake, port, mine, tmp_path) == der(proofs.proof)
        proofs.proof = vouching.proof("accounts")
        for _ in range(2):
            assert await asyncio.to_thread(handshake, port, mine, tmp_path) == der(proofs.proof)


async def test_calls_on_an_open_connection_outlive_a_new_certificate_of_the_server(vouching, tmp_path):
    servicer, proofs, mine = Noting(), Proofs(vouching.proof("accounts")), vouching.proof("journey")
    async with listening(proofs, servicer) as port:
        end = endpoint(port, mine)
        running = asyncio.ensure_future(stub(end).Once(pb.OnceRequest(text="wait")))
        await servicer.began.get()
        proofs.proof = vouching.proof("accounts")
        await asyncio.to_thread(handshake, port, mine, tmp_path)
        assert (await stub(end).Echo(pb.EchoRequest(text="who"))).text == "spiffe://campus/journey"
        servicer.gate.set()
        assert (await running).text == "wait"
        await end.close()


@asynccontextmanager
async def renewing(port, proofs):
    end = endpoint(port, proofs.proof)
    pool = Pool("accounts", [end], balancer=Rotation(), budget=Budget(ratio=0.0, floor=0.0, now=0.0))
    renewal = Renewal(proofs, proofs.proof, [pool], every=3600)
    try:
        yield end, renewal
    finally:
        await renewal.close()
        await end.close()


async def test_no_call_fails_while_the_client_gets_new_certificates(vouching):
    servicer, proofs = Noting(), Proofs(vouching.proof("journey"))
    done, failed, over = 0, [], asyncio.Event()

    async def work(client):
        nonlocal done
        while not over.is_set():
            try:
                await client.Echo(pb.EchoRequest(text="who"), timeout=10)
            except Unavailable as error:
                failed.append(error)
            done += 1

    async with (
        listening(Proofs(vouching.proof("accounts")), servicer) as port,
        renewing(port, proofs) as (end, renewal),
    ):
        client = stub(end)
        unary = asyncio.ensure_future(client.Once(pb.OnceRequest(text="wait")))
        stream = client.Expand(pb.ExpandRequest(text="wait", count=2))
        assert (await anext(aiter(stream))).text == "wait"
        working = [asyncio.create_task(work(client)) for _ in range(8)]
        for _ in range(5):
            before = done
            proofs.proof = vouching.proof("journey")
            assert await renewal.look()
            while done < before + 20:
                await asyncio.sleep(0)
        over.set()
        await asyncio.gather(*working)
        servicer.gate.set()
        assert (await unary).text == "wait"
        assert [answer.text async for answer in stream] == ["wait"]
    assert failed == []


async def test_calls_go_over_a_new_connection_once_there_is_a_new_certificate(vouching):
    servicer, proofs = Noting(), Proofs(vouching.proof("journey"))
    async with (
        listening(Proofs(vouching.proof("accounts")), servicer) as port,
        renewing(port, proofs) as (end, renewal),
    ):
        client = stub(end)
        assert (await client.Echo(pb.EchoRequest(text="who"))).text == "spiffe://campus/journey"
        proofs.proof = vouching.proof("script")
        assert await renewal.look()
        assert (await client.Echo(pb.EchoRequest(text="who"))).text == "spiffe://campus/script"


async def test_a_connection_stays_where_nothing_is_new(vouching):
    proofs = Proofs(vouching.proof("journey"))
    async with listening(Proofs(vouching.proof("accounts"))) as port, renewing(port, proofs) as (end, renewal):
        await stub(end).Echo(pb.EchoRequest(text="who"))
        channel = end.channel
        assert not await renewal.look()
        assert end.channel is channel


async def test_an_endpoint_that_was_never_called_connects_with_what_is_newest(vouching):
    proofs = Proofs(vouching.proof("journey"))
    async with listening(Proofs(vouching.proof("accounts"))) as port, renewing(port, proofs) as (end, renewal):
        proofs.proof = vouching.proof("script")
        assert await renewal.look()
        assert (await stub(end).Echo(pb.EchoRequest(text="who"))).text == "spiffe://campus/script"


async def test_an_endpoint_that_does_not_answer_does_not_keep_the_old_certificate(vouching):
    proofs = Proofs(vouching.proof("journey"))
    async with listening(Proofs(vouching.proof("accounts"))) as port:
        end = endpoint(port, proofs.proof)
        await stub(end).Echo(pb.EchoRequest(text="who"))
    before = end.channel
    (await end.renew(channel_credentials(vouching.proof("script")), patience=0.1))()
    assert end.channel is not before
    await end.close()


async def test_a_look_that_fails_is_not_the_last(caplog):
    looked: asyncio.Queue[int] = asyncio.Queue()

    class Broken:
        def get(self):
            looked.put_nowait(1)
            raise ValueError("no such thing")

    renewal = Renewal(Broken(), object(), [], every=0.001)
    for _ in range(3):
        await asyncio.wait_for(looked.get(), 10)
    await renewal.close()
    assert "the old ones stay" in caplog.text
