from __future__ import annotations

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trunkline.access.token import Expected, NoToken, check_signature, look_at, read_token

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
EXPECTED = Expected("spiffe://shop", "spiffe://shop/orders")
CLAIMS = {
    "iss": "spiffe://shop",
    "aud": "spiffe://shop/orders",
    "sub": "ann",
    "exp": 100,
    "scope": "a.read b.read",
    "roles": ["clerk"],
    "act": {"sub": "spiffe://shop/web", "act": {"sub": "spiffe://shop/gate"}},
}


def signed(key: Ed25519PrivateKey = KEY, kid: str = "one", **claims: object) -> str:
    return jwt.encode(CLAIMS | claims, key, algorithm="EdDSA", headers={"kid": kid, "typ": "at+jwt"})


def keys(kid: str = "one") -> str:
    x = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x}]})


def test_a_token_says_who_it_is_what_it_may_and_who_acts():
    principal = read_token(signed())
    assert (principal.subject, principal.scopes, principal.roles) == ("ann", {"a.read", "b.read"}, {"clerk"})
    assert principal.actors == ("spiffe://shop/web", "spiffe://shop/gate")


@pytest.mark.parametrize(
    "text", ["", "a.b.c", "no token", signed(scope=["a"]), signed(sub=None), signed(roles="clerk")]
)
def test_what_is_no_token_is_said_to_be_none(text: str):
    with pytest.raises(NoToken, match="not a token"):
        read_token(text)


@pytest.mark.parametrize(
    ("claims", "now", "reason"),
    [
        ({}, 99.0, None),
        ({"aud": ["x", "spiffe://shop/orders"]}, 99.0, None),
        ({}, 100.0, "TOKEN_EXPIRED"),
        ({"iss": "spiffe://museum"}, 99.0, "TOKEN_FOREIGN"),
        ({"aud": "spiffe://shop/orders2"}, 99.0, "TOKEN_AUDIENCE"),
        ({"aud": 5}, 99.0, "TOKEN_AUDIENCE"),
    ],
)
def test_issuer_audience_and_time_are_compared(claims, now: float, reason: str | None):
    step = look_at(read_token(signed(**claims)), EXPECTED, now=now)
    assert (step.refusal.reason if step.refusal else None) == reason


def test_a_good_signature_names_its_key():
    step = check_signature(signed(), keys())
    assert (step.holds, step.found) == (True, "signed by the key one")


@pytest.mark.parametrize("text", [signed(OTHER), signed(kid="two")])
def test_a_signature_of_another_key_is_foreign(text: str):
    step = check_signature(text, keys())
    assert step.refusal is not None
    assert step.refusal.reason == "TOKEN_FOREIGN"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": []}', '{"keys": [{"kty": "x"}]}'])
def test_what_is_no_key_set_is_said_to_be_none(text: str):
    with pytest.raises(NoToken, match="not a key set"):
        check_signature(signed(), text)
