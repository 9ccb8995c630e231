from __future__ import annotations

import base64
import datetime as dt
import hashlib
from contextlib import asynccontextmanager

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from trunkline.identity.peer import Peer, peer_of

ID = "spiffe://campus/activity"


def certificate(*names: x509.GeneralName, signed_by=None):
    """Return a certificate with `names` and its key; of its own, or signed by another pair."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "part" if signed_by else "authority")])
    issuer, signer = (signed_by[0].subject, signed_by[1]) if signed_by else (subject, key)
    today = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=3650))
        .not_valid_after(today + dt.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=signed_by is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, SHA256()), key


def auth(*names: x509.GeneralName) -> dict:
    return {"x509_pem_cert": [certificate(*names)[0].public_bytes(Encoding.PEM)]}


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


def test_the_one_uri_of_a_certificate_says_who_it_is():
    assert peer_of("ipv4:127.0.0.1:1", auth(uri(ID), x509.DNSName("activity"))).identity == ID


@pytest.mark.parametrize(
    "names",
    [(), (x509.DNSName("spiffe.campus"),), (uri("https://campus/activity"),), (uri(ID), uri("spiffe://campus/b"))],
    ids=["none", "no uri", "no SPIFFE ID", "two"],
)
def test_any_other_certificate_says_nothing(names):
    peer = peer_of("ipv4:127.0.0.1:1", auth(*names))
    assert peer.identity == ""
    assert peer.thumbprint


def test_the_thumbprint_is_the_sha_256_of_the_certificate():
    made, _ = certificate(uri(ID))
    digest = hashlib.sha256(made.public_bytes(Encoding.DER)).digest()
    peer = peer_of("", {"x509_pem_cert": [made.public_bytes(Encoding.PEM)]})
    assert base64.urlsafe_b64decode(peer.thumbprint + "=") == digest


@pytest.mark.parametrize("context", [None, {}, {"transport_security_type": [b"insecure"]}])
def test_without_a_certificate_there_is_an_address_alone(context):
    assert peer_of("ipv4:127.0.0.1:1", context) == Peer("ipv4:127.0.0.1:1")


def test_a_peer_is_counted_by_its_certificate_or_else_by_its_host():
    assert Peer("ipv4:127.0.0.1:51234").name == "127.0.0.1"
    assert Peer("ipv4:127.0.0.1:51234", ID).name == ID


@asynccontextmanager
async def secure(handler):
    """Serve `handler` over mutual TLS; yield a channel of a client that is the component `activity`."""
    authority = certificate()
    root = authority[0].public_bytes(Encoding.PEM)

    def pair(*names):
        made, key = certificate(*names, signed_by=authority)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), made.public_bytes(Encoding.PEM)

    server = grpc.aio.server()
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("x.X", {"Ask": handler})])
    credentials = grpc.ssl_server_credentials([pair(x509.DNSName("localhost"))], root, require_client_auth=True)
    port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    key, own = pair(uri(ID))
    try:
        async with grpc.aio.secure_channel(
            f"localhost:{port}", grpc.ssl_channel_credentials(root, key, own)
        ) as channel:
            yield channel
    finally:
        await server.stop(None)


async def test_the_certificate_of_a_real_connection_is_read():
    async def ask(request, context):
        peer = peer_of(context.peer(), context.auth_context())
        return f"{peer.identity} {len(peer.thumbprint)}".encode()

    async with secure(grpc.unary_unary_rpc_method_handler(ask)) as channel:
        assert await channel.unary_unary("/x.X/Ask")(b"") == f"{ID} 43".encode()
