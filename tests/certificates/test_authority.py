from __future__ import annotations

import datetime as dt
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from issued import NOW, Vouching

from trunkline.certificates.authority import LIFETIME, Authority, supply_all
from trunkline.certificates.folder import read_folder
from trunkline.errors import FailedPrecondition

ACCOUNTS = "spiffe://campus/accounts"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def supply(folder, clock, *names):
    places = [(folder / name, f"spiffe://campus/{name}") for name in names]
    supply_all(folder, places, trust_domain="campus", clock=clock)


def test_it_may_issue_and_do_nothing_else():
    certificate = x509.load_pem_x509_certificate(Vouching().authority.certificate)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (constraints.value.ca, constraints.value.path_length, constraints.critical) == (True, 0, True)
    assert usage.key_cert_sign
    assert not usage.digital_signature
    assert isinstance(certificate.public_key().curve, ec.SECP256R1)
    assert abs(certificate.not_valid_after_utc - NOW - LIFETIME) < dt.timedelta(seconds=2)


def test_every_component_gets_a_folder_that_is_good(tmp_path, clock):
    supply(tmp_path, clock, "accounts", "backbone")
    for name in ("accounts", "backbone"):
        assert read_folder(tmp_path / name, identity=f"spiffe://campus/{name}", now=clock.time())


def test_private_keys_are_for_their_owner_alone(tmp_path, clock):
    supply(tmp_path, clock, "accounts")
    assert [mode(path) for path in (tmp_path / "ca.key", tmp_path / "accounts" / "tls.key")] == [0o600, 0o600]


def test_what_is_good_stays(tmp_path, clock):
    supply(tmp_path, clock, "accounts")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    clock.advance(59 * 86_400)
    supply(tmp_path, clock, "accounts")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_certificate_with_less_than_a_third_of_its_life_left_is_renewed(tmp_path, clock):
    supply(tmp_path, clock, "accounts")
    authority, before = (tmp_path / "ca.crt").read_bytes(), (tmp_path / "accounts" / "tls.crt").read_bytes()
    clock.advance(61 * 86_400)
    supply(tmp_path, clock, "accounts")
    assert (tmp_path / "accounts" / "tls.crt").read_bytes() != before
    assert (tmp_path / "ca.crt").read_bytes() == authority
    assert read_folder(tmp_path / "accounts", identity=ACCOUNTS, now=clock.time())


def test_certificates_of_an_authority_that_was_moved_away_are_issued_anew(tmp_path, clock):
    supply(tmp_path, clock, "accounts")
    for name in ("ca.crt", "ca.key"):
        (tmp_path / name).unlink()
    supply(tmp_path, clock, "accounts")
    assert (tmp_path / "accounts" / "ca.crt").read_bytes() == (tmp_path / "ca.crt").read_bytes()


def test_an_authority_whose_time_is_over_says_how_to_have_another(tmp_path, clock):
    supply(tmp_path, clock, "accounts")
    clock.advance(LIFETIME.total_seconds() + 1)
    with pytest.raises(FailedPrecondition, match=r"move it and .*ca\.key away") as caught:
        supply(tmp_path, clock, "accounts")
    assert caught.value.reason == "CERTIFICATE_EXPIRED"


def test_an_authority_whose_key_everybody_may_read_issues_nothing(tmp_path, clock):
    supply(tmp_path, clock)
    (tmp_path / "ca.key").chmod(0o644)
    with pytest.raises(FailedPrecondition, match="chmod 600") as caught:
        supply(tmp_path, clock, "accounts")
    assert caught.value.reason == "KEY_EXPOSED"


def test_an_authority_with_another_key_issues_nothing(tmp_path, clock):
    supply(tmp_path, clock)
    key, _ = Authority.make("campus", NOW).issue(ACCOUNTS)
    (tmp_path / "ca.key").write_bytes(key)
    with pytest.raises(FailedPrecondition, match=r"ca\.key is not the key of .*ca\.crt"):
        supply(tmp_path, clock, "accounts")
