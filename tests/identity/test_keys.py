from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from trunkline.base64url import encode
from trunkline.identity.keys import VerifyingKey, thumbprint
from trunkline.identity.model import PublicKey
from trunkline.identity.signing import SigningKey

# RFC 8037, appendix A: a private key, its public members and their thumbprint.
D = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_is_named_by_the_thumbprint_of_the_standard():
    key = SigningKey.of(Ed25519PrivateKey.from_private_bytes(D))
    assert key.public == PublicKey(kid=KID, kty="OKP", crv="Ed25519", alg="EdDSA", x=X)
    assert thumbprint({"x": X, "kty": "OKP", "crv": "Ed25519"}) == KID


def test_a_published_key_verifies_what_its_private_half_signed():
    key = SigningKey.generate()
    verifying = VerifyingKey.of(key.public)
    assert verifying.signed(b"message", key.private.sign(b"message"))
    assert not verifying.signed(b"massage", key.private.sign(b"message"))
    assert not verifying.signed(b"message", b"")


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": ""},
        {"kty": "oct"},
        {"kty": "EC", "crv": "P-256", "alg": "ES256"},
        {"kty": "EC", "crv": "P-384", "alg": "ES384"},
        {"kty": "RSA", "crv": "", "alg": "RS256"},
        {"crv": "Ed448"},
        {"crv": "X25519"},
        {"kid": ""},
        {"x": ""},
        {"x": X[:-4]},
        {"x": "!" * 43},
        {"x": "é"},
    ],
    ids=str,
)
def test_a_key_that_is_not_wholly_right_is_refused(changes):
    with pytest.raises(ValueError, match="key"):
        VerifyingKey.of(dataclasses.replace(SigningKey.generate().public, **changes))


@given(x=st.text(max_size=60))
def test_no_x_coordinate_gives_anything_but_a_key_or_the_refusal(x):
    key = dataclasses.replace(SigningKey.generate().public, x=x)
    try:
        verifying = VerifyingKey.of(key)
    except ValueError:
        return
    assert not verifying.signed(b"message", bytes(64))


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256 = SigningKey.generate("ES256")


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def twin(signature: bytes) -> bytes:
    return signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


def test_of_an_ecdsa_signature_both_twins_are_good_as_signers_make_either():
    key, signature = VerifyingKey.of(P256.public), P256.sign(b"message")
    assert key.signed(b"message", signature)
    assert key.signed(b"message", twin(signature))
    assert not key.signed(b"massage", twin(signature))


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        bytes(64),
        raw(0, 1),
        raw(1, 0),
        raw(ORDER, ORDER),
        raw(ORDER, 1),
        raw(1, ORDER),
        b"\xff" * 64,
        P256.private.sign(b"message", ECDSA(SHA256())),
        P256.sign(b"message") + b"\0",
        P256.sign(b"message")[:-1],
        P256.sign(b"message")[32:] + P256.sign(b"message")[:32],
    ],
    ids=[
        "empty",
        "r = s = 0",
        "r = 0",
        "s = 0",
        "r = s = n",
        "r = n",
        "s = n",
        "ones",
        "DER",
        "long",
        "short",
        "mixed",
    ],
)
def test_an_ecdsa_signature_is_two_numbers_of_32_bytes_and_neither_is_nothing(forged):
    assert not VerifyingKey.of(P256.public).signed(b"message", forged)


@pytest.mark.parametrize(
    "changes",
    [{"y": ""}, {"y": P256.public.x}, {"x": P256.public.x[:-2]}, {"x": "A" * 43, "y": "A" * 43}, {"alg": "EdDSA"}],
    ids=["no y", "off the curve", "short", "zero", "another algorithm"],
)
def test_a_point_that_is_not_on_the_curve_is_no_key(changes):
    with pytest.raises(ValueError, match="key"):
        VerifyingKey.of(dataclasses.replace(P256.public, **changes))


def rsa_key(bits: int) -> tuple[rsa.RSAPrivateKey, str, str]:
    private = rsa.generate_private_key(65537, bits)
    numbers = private.public_key().public_numbers()
    return private, encode(numbers.n.to_bytes(bits // 8, "big")), encode(numbers.e.to_bytes(3, "big"))


def test_an_rsa_key_of_2048_bits_verifies_pkcs1_with_sha256_and_nothing_else():
    private, n, e = rsa_key(2048)
    key = VerifyingKey.rsa("k1", n, e)
    assert key.alg == "RS256"
    assert key.signed(b"message", private.sign(b"message", padding.PKCS1v15(), SHA256()))
    salted = padding.PSS(padding.MGF1(SHA256()), 32)
    assert not key.signed(b"message", private.sign(b"message", salted, SHA256()))
    assert not key.signed(b"message", bytes(256))


@pytest.mark.parametrize(
    ("bits", "e"),
    [(1024, "AQAB"), (2048, "AQ"), (2048, ""), (2048, "Ag"), (2048, "_" * 40), (16384, "AQAB")],
)
def test_a_weak_or_a_monstrous_rsa_key_is_refused(bits, e):
    n = encode(((1 << bits - 1) + 1).to_bytes(bits // 8, "big"))
    with pytest.raises(ValueError, match=r"key|e must|n must|exponent|modulus"):
        VerifyingKey.rsa("k1", n, e)
