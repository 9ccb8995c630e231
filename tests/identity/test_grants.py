from __future__ import annotations

import pytest

from trunkline.errors import FailedPrecondition
from trunkline.identity.grants import Grants, digest_of
from trunkline.identity.model import Grant

SECRET = "0123456789abcdef"


@pytest.fixture
def grants():
    known = Grant(scopes=frozenset({"accounts.read"}), digest=digest_of(SECRET))
    return Grants({"activity": known, "accounts": Grant()}, callees=["backbone"])


def test_the_right_secret_gives_what_is_granted(grants):
    assert grants.grant("activity", SECRET).scopes == {"accounts.read"}


@pytest.mark.parametrize(
    ("component", "secret"),
    [
        ("activity", SECRET[:-1]),
        ("activity", SECRET + "0"),
        ("activity", SECRET.upper()),
        ("activity", ""),
        ("Activity", SECRET),
        ("progress", SECRET),
        ("", SECRET),
        ("accounts", SECRET),
        ("accounts", ""),
        ("backbone", SECRET),
    ],
)
def test_anything_else_gives_nothing(component, secret, grants):
    assert grants.grant(component, secret) is None


def test_tokens_are_for_components_and_named_callees_only(grants):
    assert [grants.knows(name) for name in ("accounts", "backbone", "progress", "")] == [True, True, False, False]


def test_secrets_are_read_from_the_files_that_bear_the_names(tmp_path):
    (tmp_path / "activity").write_text(SECRET)
    grants = Grants.load({"activity": Grant(roles=frozenset({"registrar"})), "progress": Grant()}, tmp_path)
    assert grants.grant("activity", SECRET).roles == {"registrar"}
    assert grants.without_secret == ("progress",)


def test_a_secret_that_is_there_and_cannot_be_one_stops_the_start(tmp_path):
    (tmp_path / "activity").write_text("short")
    with pytest.raises(FailedPrecondition, match="SECRET_INVALID"):
        Grants.load({"activity": Grant()}, tmp_path)


def test_a_grant_does_not_show_the_digest(grants):
    assert digest_of(SECRET).hex() not in repr(grants.grant("activity", SECRET))
    assert "digest" not in repr(grants.grant("activity", SECRET))
