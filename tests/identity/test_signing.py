from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

from trunkline.identity.signing import SigningKey

ALGORITHMS = ("EdDSA", "ES256")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_library_verifies_what_a_key_signs(algorithm):
    key = SigningKey.generate(algorithm)
    members = {name: value for name, value in vars_of(key).items() if value}
    public = jwt.PyJWK.from_dict(members)
    assert public.Algorithm.verify(b"message", public.key, key.sign(b"message"))
    assert not public.Algorithm.verify(b"massage", public.key, key.sign(b"message"))


def vars_of(key: SigningKey) -> dict:
    return {name: getattr(key.public, name) for name in ("kid", "kty", "crv", "alg", "x", "y")}


def test_an_es256_signature_is_r_and_s_of_full_length():
    key = SigningKey.generate("ES256")
    assert {len(key.sign(bytes([number]))) for number in range(64)} == {64}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_comes_back_from_its_bytes(algorithm):
    key = SigningKey.generate(algorithm)
    assert SigningKey.from_bytes(key.to_bytes()).public == key.public


@pytest.mark.parametrize("data", [b"", b"no key", SigningKey.generate().to_bytes()[:-1]], ids=["empty", "text", "half"])
def test_bytes_that_are_no_key_are_refused_and_not_shown(data):
    with pytest.raises(ValueError, match=r"^no signing key$") as refusal:
        SigningKey.from_bytes(data)
    assert refusal.value.__suppress_context__


def test_another_algorithm_or_curve_is_refused():
    with pytest.raises(ValueError, match="RS256"):
        SigningKey.generate("RS256")
    with pytest.raises(ValueError, match="secp384r1"):
        SigningKey.of(generate_private_key(SECP384R1()))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_private_key_does_not_show_itself(algorithm):
    key = SigningKey.generate(algorithm)
    assert repr(key) == f"SigningKey({key.public.kid})"
