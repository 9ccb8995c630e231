from __future__ import annotations

import base64
import hashlib
import ssl

import grpc
import pytest
import trustme
from echo import SERVICE, Generating

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.call import Call, Principal, Side
from trunkline.clock import SystemClock
from trunkline.config import Limits
from trunkline.descriptors import find_method
from trunkline.errors import Unauthenticated
from trunkline.interceptors.auth import ServerAuth
from trunkline.interceptors.binding import Binding
from trunkline.resilience.balancer import Rotation
from trunkline.resilience.budget import Budget
from trunkline.runtime.channel import MeshChannel
from trunkline.runtime.options import channel_options, server_options
from trunkline.runtime.pool import Endpoint, Pool, Routes
from trunkline.runtime.server import MeshServer

NAME = "spiffe://campus/activity"


def thumbprint(pem: bytes) -> str:
    der = ssl.PEM_cert_to_DER_cert(pem.decode())
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


class Bound:
    """Every token is good, and bound to whatever it says itself."""

    def verify(self, token: str) -> Principal:
        return Principal(NAME, claims={} if token == "unbound" else {"cnf": {"x5t#S256": token}})

    def renewed(self, refusal):
        return None

    def hold(self, token, end):
        return lambda: None


class Mutual:
    """A server that asks for a certificate, and stubs that show one or another."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self.server = MeshServer(
            [ServerAuth(Bound(), binding=Binding())],
            component="echo",
            options=server_options(Limits()),
            clock=SystemClock(),
        )
        self.server.add(Generating())
        own = self.authority.issue_cert("localhost")
        credentials = grpc.ssl_server_credentials(
            [(own.private_key_pem.bytes(), own.cert_chain_pems[0].bytes())],
            root_certificates=self.authority.cert_pem.bytes(),
            require_client_auth=True,
        )
        self.port = self.server.listen("localhost:0", credentials)

    def stub(self, certificate: trustme.LeafCert) -> EchoServiceStub:
        credentials = grpc.ssl_channel_credentials(
            self.authority.cert_pem.bytes(), certificate.private_key_pem.bytes(), certificate.cert_chain_pems[0].bytes()
        )
        endpoint = Endpoint(f"localhost:{self.port}", options=channel_options(Limits()), credentials=credentials)
        pool = Pool("echo", [endpoint], balancer=Rotation(), budget=Budget())
        return EchoServiceStub(MeshChannel(Routes({SERVICE: "echo"}, {"echo": pool})))


@pytest.fixture
async def mutual():
    mutual = Mutual()
    await mutual.server.start()
    yield mutual
    await mutual.server.stop()


async def test_a_token_is_good_with_the_certificate_it_is_bound_to_and_with_no_other(mutual):
    mine, others = (mutual.authority.issue_cert(identity) for identity in ("activity", "progress"))
    token = thumbprint(mine.cert_chain_pems[0].bytes())
    request, metadata = pb.EchoRequest(text="a"), [("authorization", f"Bearer {token}")]
    for _ in range(2):
        assert (await mutual.stub(mine).Echo(request, metadata=metadata)).text == "a"
        with pytest.raises(Unauthenticated) as refusal:
            await mutual.stub(others).Echo(request, metadata=metadata)
        assert refusal.value.reason == "TOKEN_UNBOUND"


async def test_a_stream_asks_for_the_certificate_as_well(mutual):
    mine, others = (mutual.authority.issue_cert(identity) for identity in ("activity", "progress"))
    metadata = [("authorization", f"Bearer {thumbprint(mine.cert_chain_pems[0].bytes())}")]
    answers = mutual.stub(mine).Expand(pb.ExpandRequest(text="a", count=1), metadata=metadata)
    assert [answer.text async for answer in answers] == ["a"]
    with pytest.raises(Unauthenticated, match="TOKEN_UNBOUND"):
        await mutual.stub(others).Expand(pb.ExpandRequest(text="a", count=1), metadata=metadata).read()


async def test_a_token_that_is_bound_to_nothing_is_refused(mutual):
    stub = mutual.stub(mutual.authority.issue_cert("activity"))
    with pytest.raises(Unauthenticated, match="TOKEN_UNBOUND"):
        await stub.Echo(pb.EchoRequest(text="a"), metadata=[("authorization", "Bearer unbound")])


@pytest.mark.parametrize("cnf", [None, "A" * 43, [], {}, {"x5t#S256": 7}, {"x5t#S256": "A" * 43}], ids=str)
def test_without_a_certificate_nobody_is_let_in(cnf):
    call = Call(find_method(f"/{SERVICE}/Echo"), Side.SERVER)
    with pytest.raises(Unauthenticated, match="TOKEN_UNBOUND"):
        Binding().check(call, Principal(NAME, claims={"cnf": cnf}))


def test_where_binding_is_not_required_a_token_that_is_bound_is_held_to_it_all_the_same():
    call, binding = Call(find_method(f"/{SERVICE}/Echo"), Side.SERVER), Binding(required=False)
    binding.check(call, Principal(NAME))
    with pytest.raises(Unauthenticated, match="TOKEN_UNBOUND"):
        binding.check(call, Principal(NAME, claims={"cnf": {"x5t#S256": "A" * 43}}))


def test_the_memory_of_certificates_is_bounded():
    binding, body = Binding(), "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
    for n in range(1100):
        call = Call(find_method(f"/{SERVICE}/Echo"), Side.SERVER)
        pem = body.format(base64.b64encode(str(n).encode()).decode()).encode()
        call.proof_of = lambda pem=pem: {"x509_pem_cert": [pem]}
        binding.check(call, Principal(NAME, claims={"cnf": {"x5t#S256": thumbprint(pem)}}))
    assert len(binding._thumbprints) == 1024
