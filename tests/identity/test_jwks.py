from __future__ import annotations

import json

import pytest

from trunkline.identity.jwks import read_keys
from trunkline.identity.signing import SigningKey

ALL = ("RS256", "ES256", "EdDSA")
# A modulus of 2048 bits, odd; nothing is signed with it here.
MODULUS = "g" + "A" * 340 + "Q"


KEYS = {alg: SigningKey.generate(alg) for alg in ("EdDSA", "ES256")}


def members(kind: str = "EdDSA", **changes: object) -> dict:
    if kind == "RS256":
        good = {"kid": "rsa", "kty": "RSA", "alg": kind, "n": MODULUS, "e": "AQAB"}
    else:
        key = KEYS[kind].public
        good = {"kid": key.kid, "kty": key.kty, "crv": key.crv, "alg": kind, "x": key.x}
        good |= {"y": key.y} if key.y else {}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def read(*keys: object, algorithms: tuple[str, ...] = ALL) -> list[str]:
    return [key.alg for key in read_keys(json.dumps({"keys": keys}).encode(), algorithms).values()]


def test_keys_of_every_kind_are_read_and_each_settles_its_algorithm():
    assert read(*map(members, ALL)) == list(ALL)
    assert read(*(members(alg, alg=None, use="sig", key_ops=["verify"]) for alg in ALL)) == list(ALL)


def test_only_the_algorithms_that_are_asked_for_are_taken():
    assert read(*map(members, ALL), algorithms=("ES256",)) == ["ES256"]


@pytest.mark.parametrize(
    "odd",
    [
        members(alg="HS256"),
        members("RS256", alg="RS512"),
        members("RS256", alg="PS256"),
        members("RS256", n="AQAB"),
        members(use="enc"),
        members(key_ops=["sign"]),
        members(key_ops="verify"),
        members(d="secret"),
        members(kid=None),
        members(kid=""),
        members(kid=7),
        members(x=None),
        members(crv="Ed448"),
        {"kty": "oct", "kid": "k", "k": "c2VjcmV0", "alg": "HS256"},
        {},
        [],
        "key",
        None,
    ],
)
def test_what_is_not_plainly_a_key_to_verify_with_is_passed_over(odd):
    assert read(odd, members("ES256")) == ["ES256"]


def test_of_two_keys_with_one_name_neither_is_taken():
    assert read(members(kid="same"), members("ES256", kid="same"), members("RS256")) == ["RS256"]


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff", b"[]", b'{"keys": {}}', b"{}", b"[" * 100_000, b"null", json.dumps({"keys": [{}] * 65}).encode()],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_key_set_is_an_error(text):
    with pytest.raises(ValueError, match="Key Set"):
        read_keys(text, ALL)
