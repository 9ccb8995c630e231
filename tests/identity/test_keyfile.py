from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from trunkline.errors import FailedPrecondition
from trunkline.identity.keyfile import open_key
from trunkline.identity.signing import SigningKey


def pem(private, encryption=None) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_the_first_start_makes_a_key_for_this_user_alone(tmp_path):
    path = tmp_path / "keys" / "signing.pem"
    open_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_later_start_finds_the_same_key(tmp_path):
    path = tmp_path / "signing.pem"
    assert open_key(path).public == open_key(path).public


def test_of_many_first_starts_all_get_one_key(tmp_path):
    together = Barrier(8)

    def start(_: int) -> str:
        together.wait()
        return open_key(tmp_path / "signing.pem").public.kid

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["signing.pem"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(SigningKey.generate().private)[:60],
        pem(SigningKey.generate().private, BestAvailableEncryption(b"word")),
        pem(ec.generate_private_key(ec.SECP256R1())),
        SigningKey.generate().private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "binary", "no key", "half a key", "encrypted", "another kind", "public"],
)
def test_a_wrong_file_is_one_clear_error_and_stays_as_it_is(text, tmp_path):
    path = tmp_path / "signing.pem"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(FailedPrecondition, match=r"signing\.pem is no Ed25519 key") as refusal:
        open_key(path)
    assert refusal.value.reason == "KEY_INVALID"
    assert path.read_bytes() == text


def test_a_folder_in_its_place_is_one_clear_error(tmp_path):
    with pytest.raises(FailedPrecondition, match="KEY_UNREADABLE"):
        open_key(tmp_path)


def test_a_file_where_its_folder_should_be_is_one_clear_error(tmp_path):
    (tmp_path / "keys").write_text("")
    with pytest.raises(FailedPrecondition, match="KEY_UNREADABLE"):
        open_key(tmp_path / "keys" / "signing.pem")


def test_a_key_that_every_user_can_read_is_refused(tmp_path):
    path = tmp_path / "signing.pem"
    open_key(path)
    path.chmod(0o604)
    with pytest.raises(FailedPrecondition, match="KEY_EXPOSED"):
        open_key(path)
