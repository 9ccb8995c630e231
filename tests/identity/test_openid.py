from __future__ import annotations

import pytest
from jwt import PyJWKSet

from trunkline.identity.model import PublicKey
from trunkline.identity.openid import jwks, openid_configuration
from trunkline.identity.signing import SigningKey

EDWARDS = PublicKey(kid="one", kty="OKP", crv="Ed25519", alg="EdDSA", x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
P256 = PublicKey(
    kid="two",
    kty="EC",
    crv="P-256",
    alg="ES256",
    x="MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    y="4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
)


def test_an_ed25519_key_has_the_members_of_rfc_8037():
    assert jwks([EDWARDS])["keys"] == [
        {"kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": "one", "crv": "Ed25519", "x": EDWARDS.x}
    ]


def test_a_p256_key_has_the_members_of_rfc_7518():
    assert jwks([P256])["keys"] == [
        {"kty": "EC", "use": "sig", "alg": "ES256", "kid": "two", "crv": "P-256", "x": P256.x, "y": P256.y}
    ]


def test_another_library_reads_the_set_in_its_order():
    assert [(key.key_id, key.algorithm_name) for key in PyJWKSet.from_dict(jwks([P256, EDWARDS])).keys] == [
        ("two", "ES256"),
        ("one", "EdDSA"),
    ]


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_no_private_part_is_in_the_set(algorithm: str):
    assert "d" not in jwks([SigningKey.generate(algorithm).public])["keys"][0]


@pytest.mark.parametrize(
    ("issuer", "found"),
    [
        ("spiffe://campus", "http://127.0.0.1:7480/.well-known/jwks.json"),
        ("http://id.example", "http://127.0.0.1:7480/.well-known/jwks.json"),
        ("https://id.example", "https://id.example/.well-known/jwks.json"),
        ("https://id.example/mesh/", "https://id.example/mesh/.well-known/jwks.json"),
    ],
)
def test_the_key_set_is_where_the_issuer_is_or_at_the_address_that_serves_it(issuer: str, found: str):
    assert openid_configuration(issuer, "127.0.0.1:7480")["jwks_uri"] == found


def test_the_configuration_names_the_issuer_just_as_tokens_do():
    assert openid_configuration("https://id.example/mesh/", "127.0.0.1:7480")["issuer"] == "https://id.example/mesh/"


def test_the_configuration_promises_no_endpoint_that_is_not_there():
    promised = openid_configuration("spiffe://campus", "127.0.0.1:7480")
    assert [name for name in promised if name.endswith(("_endpoint", "_uri"))] == ["jwks_uri"]
