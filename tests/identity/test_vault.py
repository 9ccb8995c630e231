from __future__ import annotations

import pytest

from trunkline.errors import FailedPrecondition
from trunkline.identity.signing import SigningKey
from trunkline.identity.vault import Vault

MASTER = bytes(range(32))


@pytest.fixture
def vault() -> Vault:
    return Vault(MASTER, where="master.key")


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_a_key_comes_back_as_it_went_in(algorithm, vault):
    key = SigningKey.generate(algorithm)
    assert vault.open(key.public.kid, vault.seal(key)).to_bytes() == key.to_bytes()


def test_what_is_stored_holds_nothing_of_the_private_key(vault):
    key = SigningKey.generate()
    sealed = vault.seal(key)
    assert key.private.private_bytes_raw() not in sealed
    assert key.to_bytes()[:16] not in sealed


def test_no_two_texts_of_one_key_are_alike(vault):
    key = SigningKey.generate()
    assert vault.seal(key) != vault.seal(key)


def test_another_master_key_is_one_clear_error_that_names_the_file(vault):
    key = SigningKey.generate()
    with pytest.raises(FailedPrecondition, match=r"MASTER_KEY_DIFFERS: .*other\.key"):
        Vault(bytes(32), where="other.key").open(key.public.kid, vault.seal(key))


def test_a_key_under_another_name_is_refused(vault):
    with pytest.raises(FailedPrecondition, match="MASTER_KEY_DIFFERS"):
        vault.open("other", vault.seal(SigningKey.generate()))


@pytest.mark.parametrize("position", [0, 12, 40, -1])
def test_a_changed_byte_is_noticed(position, vault):
    key = SigningKey.generate()
    sealed = bytearray(vault.seal(key))
    sealed[position] ^= 1
    with pytest.raises(FailedPrecondition, match="MASTER_KEY_DIFFERS"):
        vault.open(key.public.kid, bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12)])
def test_a_text_that_is_too_short_is_refused(sealed, vault):
    with pytest.raises(FailedPrecondition, match="MASTER_KEY_DIFFERS"):
        vault.open("kid", sealed)


def test_a_vault_does_not_show_its_key(vault):
    assert repr(vault) == "Vault(master.key)"
