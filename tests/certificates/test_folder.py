from __future__ import annotations

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from issued import NOW, Proof, Vouching

from trunkline.certificates.authority import Authority, pem_of
from trunkline.certificates.folder import read_folder
from trunkline.certificates.leaf import make_leaf
from trunkline.certificates.thumbprint import thumbprint
from trunkline.errors import FailedPrecondition

ACCOUNTS = "spiffe://campus/accounts"


@pytest.fixture(scope="module")
def proof(vouching):
    return vouching.proof("accounts")


@pytest.fixture
def folder(proof, tmp_path):
    return proof.write(tmp_path / "accounts")


def read(folder, now=NOW, identity=ACCOUNTS):
    return read_folder(folder, identity=identity, now=now.timestamp())


def refused(folder, **options):
    with pytest.raises(FailedPrecondition) as caught:
        read(folder, **options)
    assert "\n" not in caught.value.message
    return caught.value.reason, caught.value.message


def test_what_is_good_is_read(folder, proof):
    found = read(folder)
    assert (found.key, found.chain, found.roots) == (proof.key, proof.chain, proof.roots)
    assert found.identity == ACCOUNTS
    assert found.thumbprint == thumbprint(proof.chain.decode())
    assert found.expires_at == pytest.approx((NOW + dt.timedelta(days=90)).timestamp(), abs=2)


def test_the_private_key_is_not_shown(folder):
    assert "PRIVATE KEY" not in repr(read(folder))


@pytest.mark.parametrize("name", ["tls.crt", "tls.key", "ca.crt"])
def test_a_missing_file_is_named_and_whence_it_comes(folder, name):
    (folder / name).unlink()
    reason, message = refused(folder)
    assert reason == "CERTIFICATE_MISSING"
    assert message.startswith(f"no file {folder / name}: `trunkline up` makes it")


@pytest.mark.parametrize("name", ["tls.crt", "tls.key", "ca.crt"])
def test_a_file_of_something_else_is_named(folder, name):
    (folder / name).write_bytes(b"nothing of the kind")
    reason, message = refused(folder)
    assert reason == "CERTIFICATE_INVALID"
    assert message.startswith(f"{folder / name} holds no ")


def test_a_file_that_cannot_be_read_is_named(folder):
    (folder / "tls.crt").unlink()
    (folder / "tls.crt").mkdir()
    assert refused(folder) == ("CERTIFICATE_UNREADABLE", f"{folder / 'tls.crt'}: Is a directory")


def test_a_key_that_everybody_may_read_is_refused(folder):
    (folder / "tls.key").chmod(0o604)
    reason, message = refused(folder)
    assert reason == "KEY_EXPOSED"
    assert f"chmod 600 {folder / 'tls.key'}" in message


def test_a_key_that_a_group_may_read_is_good_as_clusters_mount_it_so(folder):
    (folder / "tls.key").chmod(0o440)
    assert read(folder)


def test_the_key_of_another_certificate_is_refused(folder, vouching):
    (folder / "tls.key").write_bytes(vouching.proof("accounts").key)
    assert refused(folder) == ("CERTIFICATE_INVALID", f"{folder / 'tls.key'} is not the key of {folder / 'tls.crt'}")


def test_a_certificate_of_another_authority_is_refused(folder):
    (folder / "ca.crt").write_bytes(Vouching().authority.certificate)
    said = f"{folder / 'tls.crt'} was not issued by an authority in {folder / 'ca.crt'}"
    assert refused(folder) == ("CERTIFICATE_INVALID", said)


def test_one_of_several_authorities_will_do_while_they_change(folder, proof):
    (folder / "ca.crt").write_bytes(Vouching().authority.certificate + proof.roots)
    assert read(folder)


def test_an_authority_between_is_followed_to_the_root(tmp_path):
    root, key = Vouching(), ec.generate_private_key(ec.SECP256R1())
    between = make_leaf("spiffe://campus/between", key, root.authority._certificate, root.authority._key, NOW)
    own = ec.generate_private_key(ec.SECP256R1())
    leaf = make_leaf(ACCOUNTS, own, between, key, NOW)
    chain = leaf.public_bytes(Encoding.PEM) + between.public_bytes(Encoding.PEM)
    folder = Proof(pem_of(own), chain, root.authority.certificate).write(tmp_path)
    assert read(folder)


def test_an_expired_certificate_is_refused(folder):
    reason, message = refused(folder, now=NOW + dt.timedelta(days=91))
    assert reason == "CERTIFICATE_EXPIRED"
    assert message.startswith(f"{folder / 'tls.crt'} was good until 20")


def test_a_certificate_from_the_future_is_refused(folder):
    reason, message = refused(folder, now=NOW - dt.timedelta(hours=1))
    assert reason == "CERTIFICATE_EXPIRED"
    assert message.endswith("compare the clocks")


def test_the_certificate_of_another_component_is_refused(folder):
    said = f"{folder / 'tls.crt'} names {ACCOUNTS}, not spiffe://campus/progress"
    assert refused(folder, identity="spiffe://campus/progress") == ("CERTIFICATE_NAME", said)


def test_the_certificate_of_another_trust_domain_is_refused(folder):
    reason, _ = refused(folder, identity="spiffe://other/accounts")
    assert reason == "CERTIFICATE_NAME"


def test_a_certificate_that_callers_would_not_know_is_refused(tmp_path, vouching, monkeypatch):
    monkeypatch.setattr("trunkline.certificates.leaf.dns_name", lambda _: "accounts.elsewhere")
    folder = vouching.proof("accounts").write(tmp_path)
    said = f"{folder / 'tls.crt'} lacks the DNS name accounts.campus, by which callers tell {ACCOUNTS}"
    assert refused(folder) == ("CERTIFICATE_NAME", said)


def test_a_certificate_without_names_is_refused(tmp_path):
    authority = Authority.make("campus", NOW)
    folder = Proof(pem_of(authority._key), authority.certificate, authority.certificate).write(tmp_path)
    reason, message = refused(folder)
    assert (reason, message) == ("CERTIFICATE_NAME", f"{folder / 'tls.crt'} names spiffe://campus, not {ACCOUNTS}")
