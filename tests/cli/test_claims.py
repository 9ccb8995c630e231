import pytest

from trunkline.cli.claims import expired, lines_of
from trunkline.cli.decode import Decoded

NOW = 1_700_000_000
HEADER = {"alg": "EdDSA", "kid": "one", "typ": "at+jwt"}
CLAIMS = {
    "iss": "spiffe://campus",
    "sub": "ada",
    "aud": "spiffe://campus/progress",
    "iat": NOW - 120,
    "exp": NOW + 480,
    "jti": "8f3a",
    "scope": "accounts.read progress.read",
    "roles": [],
    "act": {"sub": "spiffe://campus/activity", "act": {"sub": "spiffe://campus/journey"}},
    "cnf": {"x5t#S256": "abc"},
    "tenant": {"id": 7},
}


def lines(header=HEADER, **claims):
    return dict(lines_of(Decoded(header, claims), NOW))


def test_a_token_is_told_from_whom_to_when_to_its_key():
    assert lines_of(Decoded(HEADER, CLAIMS), NOW) == [
        ("subject", "ada"),
        ("actors", "spiffe://campus/activity\nspiffe://campus/journey"),
        ("audience", "spiffe://campus/progress"),
        ("scopes", "accounts.read\nprogress.read"),
        ("roles", "none"),
        ("issuer", "spiffe://campus"),
        ("issued", "2023-11-14 22:11:20 UTC, 2 min ago"),
        ("expires", "2023-11-14 22:21:20 UTC, in 8 min"),
        ("id", "8f3a"),
        ("bound to", "certificate abc"),
        ("tenant", '{"id": 7}'),
        ("alg", "EdDSA"),
        ("kid", "one"),
        ("typ", "at+jwt"),
    ]


def test_what_a_terminal_would_obey_is_escaped():
    said = lines(header={"kid": "\x1b[2J"}, sub="\x1b[31madmin\nexpires  never\u202e", **{"\x1b": "\x07"})
    assert said["subject"] == "\\x1b[31madmin\\nexpires  never\\u202e"
    assert (said["kid"], said["\\x1b"]) == ("\\x1b[2J", "\\x07")


@pytest.mark.parametrize("value", ["soon", True, [1], None])
def test_a_time_that_is_none_is_shown_as_it_stands(value: object):
    assert lines(exp=value)["expires"] in {"soon", "true", "1", "null"}
    assert not expired({"exp": value}, NOW)


def test_a_chain_of_actors_without_end_is_cut():
    chain: dict = {"sub": "last"}
    for _ in range(50):
        chain = {"sub": "one", "act": chain}
    assert lines(act=chain)["actors"].splitlines()[-1] == "..."


def test_a_time_that_is_over_is_over_at_once():
    assert (expired({"exp": NOW}, NOW), expired({"exp": NOW + 1}, NOW), expired({}, NOW)) == (True, False, False)
