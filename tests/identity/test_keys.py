from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

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
