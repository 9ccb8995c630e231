from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trunkline.api.testing.v1.echo_pb2 import EchoRequest, EchoResponse
from trunkline.errors import Unauthenticated
from trunkline.protection.keys import MessageSigner
from trunkline.protection.signature import TYPE, SignedMessage, sign_message, verify_message

KEY = MessageSigner("2026-01", Ed25519PrivateKey.from_private_bytes(b"k" * 32))
OTHER = MessageSigner("2026-01", Ed25519PrivateKey.from_private_bytes(b"x" * 32))
MESSAGE = EchoRequest(text="to whom it may concern")
SIGNED = sign_message(MESSAGE, KEY)
GOOD = {"alg": "EdDSA", "kid": "2026-01", "typ": TYPE, "msg": "trunkline.api.testing.v1.EchoRequest"}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def made_of(header: str, data: bytes = SIGNED.data, key=KEY) -> SignedMessage:
    """Sign with any header, as an attacker with a good key would."""
    protected = base64url(header.encode())
    return SignedMessage(data, f"{protected}..{base64url(key.sign(f'{protected}.{base64url(data)}'.encode()))}")


def reason(signed, message_type=EchoRequest, keys=(KEY.verifier,)):
    with pytest.raises(Unauthenticated) as caught:
        verify_message(signed, message_type, keys)
    return caught.value.reason


def test_a_signed_message_is_verified_and_returned():
    assert verify_message(SIGNED, EchoRequest, [KEY.verifier]) == MESSAGE


def test_the_signature_is_a_detached_jws_that_any_library_verifies():
    import jwt

    protected, empty, signature = SIGNED.signature.split(".")
    assert empty == ""
    assert json.loads(base64.urlsafe_b64decode(protected + "==")) == GOOD
    attached = f"{protected}.{base64url(SIGNED.data)}.{signature}"
    found = jwt.PyJWS().decode(attached, KEY.private.public_key(), algorithms=["EdDSA"])
    assert found == SIGNED.data


def test_of_several_keys_the_one_that_signed_is_found():
    older = MessageSigner("2025-01", OTHER.private).verifier
    assert verify_message(SIGNED, EchoRequest, [older, KEY.verifier]) == MESSAGE


def test_another_key_of_the_same_name_has_not_signed_it():
    assert reason(SIGNED, keys=[OTHER.verifier]) == "SIGNATURE_FOREIGN"


def test_an_unknown_key_verifies_nothing():
    assert reason(SIGNED, keys=[]) == "SIGNATURE_FOREIGN"


@given(st.data())
def test_with_any_byte_of_the_message_changed_it_is_refused(data):
    altered = bytearray(SIGNED.data)
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    assert reason(SignedMessage(bytes(altered), SIGNED.signature)) == "SIGNATURE_FOREIGN"


@given(st.data())
def test_with_any_character_of_the_signature_changed_it_is_refused(data):
    place = data.draw(st.integers(0, len(SIGNED.signature) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda one: one != SIGNED.signature[place]))
    text = SIGNED.signature[:place] + letter + SIGNED.signature[place + 1 :]
    assert reason(SignedMessage(SIGNED.data, text)).startswith("SIGNATURE_")


@given(st.text())
def test_any_other_text_is_no_signature(text):
    assert reason(SignedMessage(SIGNED.data, text)) == "SIGNATURE_MALFORMED"


def test_a_message_of_another_type_is_refused_though_its_bytes_would_fit():
    assert reason(SIGNED, EchoResponse) == "SIGNATURE_TYPE"


@pytest.mark.parametrize(
    "change",
    [
        {"b64": False, "crit": ["b64"]},
        {"crit": []},
        {"crit": ["exp"], "exp": 1},
        {"jwk": {"kty": "OKP"}},
        {"jku": "https://example.com"},
        {"typ": "JWT"},
        {"typ": "at+jwt"},
    ],
)
def test_a_header_with_anything_more_or_of_another_kind_is_refused(change):
    assert reason(made_of(json.dumps(GOOD | change))) == "SIGNATURE_MALFORMED"


@pytest.mark.parametrize("missing", list(GOOD))
def test_a_header_with_anything_less_is_refused(missing):
    header = {name: value for name, value in GOOD.items() if name != missing}
    assert reason(made_of(json.dumps(header))) == "SIGNATURE_MALFORMED"


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES256", 1, None, ["EdDSA"]])
def test_the_algorithm_is_that_of_the_key_whatever_the_header_says(alg):
    assert reason(made_of(json.dumps(GOOD | {"alg": alg}))) == "SIGNATURE_FOREIGN"


def test_a_name_that_occurs_twice_is_refused():
    text = json.dumps(GOOD)[:-1] + ',"msg":"trunkline.api.testing.v1.EchoRequest"}'
    assert reason(made_of(text)) == "SIGNATURE_MALFORMED"


@pytest.mark.parametrize("text", ["[]", "1", "[" * 2000, "", "\ufeff{}"])
def test_a_header_that_is_no_object_is_refused(text):
    assert reason(made_of(text)) == "SIGNATURE_MALFORMED"


def test_signed_bytes_that_are_no_message_are_refused():
    assert reason(made_of(json.dumps(GOOD), b"\xff\xff")) == "SIGNATURE_MALFORMED"


def test_a_huge_signature_is_refused_before_it_is_read():
    assert reason(SignedMessage(SIGNED.data, "a" * 3000 + ".." + "a" * 3000)) == "SIGNATURE_MALFORMED"


def test_the_same_message_is_signed_alike():
    assert sign_message(MESSAGE, KEY) == SIGNED


def test_the_private_key_is_never_shown():
    assert "private" not in repr(KEY).lower()
