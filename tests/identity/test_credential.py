from __future__ import annotations

import pytest

from trunkline.config import Settings
from trunkline.config.settings import Identity, Tls
from trunkline.errors import FailedPrecondition
from trunkline.identity.client import request_of
from trunkline.identity.credential import Credential, credential_from

SECRET = "correct-horse-battery-staple"


def settings(**values) -> Settings:
    return Settings(component="accounts", backbone="127.0.0.1:1", **values)


def test_a_bootstrap_secret_is_read_at_the_start(tmp_path):
    file = tmp_path / "accounts"
    file.write_text(SECRET)
    proof = credential_from(settings(secret_file=file))
    file.unlink()
    assert proof() == Credential("secret", "accounts", SECRET)
    assert SECRET not in repr(proof())


def test_the_token_of_a_service_account_is_read_each_time(tmp_path):
    file = tmp_path / "token"
    file.write_text("a.b.c\n")
    proof = credential_from(settings(identity=Identity(credential="service-account", service_account_file=file)))
    assert proof().text == "a.b.c"
    file.write_text("d.e.f\n")
    assert proof().text == "d.e.f"


def test_a_certificate_proves_by_being_shown():
    proof = credential_from(settings(identity=Identity(credential="certificate"), tls=Tls(mode="mutual")))
    assert proof() == Credential("certificate", "accounts")


def test_who_has_no_secret_or_no_backbone_proves_nothing():
    assert credential_from(settings()) is None
    assert credential_from(Settings(component="accounts", identity=Identity(credential="certificate"))) is None


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"x" * 8193])
def test_a_file_that_holds_no_token_is_named_at_the_start(content, tmp_path):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FailedPrecondition, match=f"CREDENTIAL_UNUSABLE.*{file}"):
        credential_from(settings(identity=Identity(credential="service-account", service_account_file=file)))


@pytest.mark.parametrize(
    ("identity", "mend"),
    [
        (Identity(credential="certificate"), "tls.mode"),
        (Identity(credential="service-account"), "identity.service_account_file"),
    ],
)
def test_a_proof_that_cannot_be_given_is_refused_with_what_to_set(identity, mend):
    with pytest.raises(FailedPrecondition, match=mend):
        credential_from(settings(identity=identity))


@pytest.mark.parametrize(
    ("proof", "grant"),
    [
        (Credential("secret", "accounts", SECRET), "bootstrap"),
        (Credential("service-account", "accounts", "a.b.c"), "service_account"),
        (Credential("certificate", "accounts"), "certificate"),
    ],
)
def test_each_proof_is_asked_with_as_its_grant(proof, grant):
    request = request_of("progress", proof)
    assert (request.WhichOneof("grant"), request.audience) == (grant, "progress")
