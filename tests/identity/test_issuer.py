from __future__ import annotations

import jwt
import pytest

from trunkline.errors import FailedPrecondition, InvalidArgument
from trunkline.identity.issuer import Bearer, Issuer
from trunkline.identity.model import Grant, Issued
from trunkline.identity.signing import SigningKey

GRANT = Grant(scopes=frozenset({"b.write", "a.read"}), roles=frozenset({"registrar"}))
ALICE = Bearer("alice", scopes=frozenset({"a.read"}))


@pytest.fixture
def issuer(clock, forge):
    return Issuer(forge.key, name="spiffe://campus", trust_domain="campus", clock=clock)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_a_token_says_who_for_whom_and_how_long(algorithm, clock):
    key = SigningKey.generate(algorithm)
    issued = Issuer(key, name="spiffe://campus", trust_domain="campus", clock=clock, entropy=bytes).issue(
        "activity", "accounts", GRANT
    )
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(
        issued.text, key.private.public_key(), [algorithm], options=options, audience="spiffe://campus/accounts"
    )
    now = int(clock.time())
    assert claims == {
        "iss": "spiffe://campus",
        "sub": "spiffe://campus/activity",
        "aud": "spiffe://campus/accounts",
        "iat": now,
        "exp": now + 600,
        "jti": "00" * 16,
        "scope": "a.read b.write",
        "roles": ["component", "registrar"],
    }
    assert jwt.get_unverified_header(issued.text) == {"alg": algorithm, "kid": key.public.kid, "typ": "at+jwt"}
    assert (issued.lifetime, issued.expires_at) == (600, now + 600)


def test_what_is_issued_is_verified(clock, verifier, forge):
    issued = Issuer(forge.key, name="spiffe://campus", trust_domain="campus", clock=clock, lifetime=60).issue(
        "activity", "accounts", GRANT
    )
    principal = verifier.verify(issued.text)
    assert (principal.subject, principal.scopes) == ("spiffe://campus/activity", GRANT.scopes)
    assert principal.roles == {"component", "registrar"}
    assert principal.expires_at == int(clock.time()) + 60


def test_actors_family_and_certificate_are_in_the_claims(issuer, verifier):
    actors = ("spiffe://campus/activity", "spiffe://campus/progress")
    bearer = Bearer("alice", actors=actors, family="f1", thumbprint="t" * 43)
    principal = verifier.verify(issuer.sign(bearer, "accounts").text)
    assert principal.actors == actors
    assert principal.claims["fam"] == "f1"
    assert principal.claims["cnf"] == {"x5t#S256": "t" * 43}


def test_a_token_is_issued_no_earlier_than_told_and_then_lives_in_full(clock, issuer):
    later = clock.time() + 2
    signed = issuer.sign(ALICE, "accounts", not_before=later)
    assert (signed.claims["iat"], signed.claims["exp"]) == (later, later + 600)
    assert signed.issued.lifetime == 602


def test_a_token_ends_no_later_than_what_it_comes_of(clock, issuer):
    bearer = Bearer("alice", not_after=clock.time() + 10.9)
    assert issuer.sign(bearer, "accounts").claims["exp"] == clock.time() + 10


@pytest.mark.parametrize("left", [-5.0, 0.0, 0.9])
def test_nothing_is_issued_for_what_has_ended(left, clock, issuer):
    with pytest.raises(InvalidArgument, match="SUBJECT_TOKEN_REFUSED"):
        issuer.sign(Bearer("alice", not_after=clock.time() + left), "accounts")


def test_a_token_that_no_verifier_would_take_is_not_issued(issuer):
    scopes = frozenset(f"scope.number{number}" for number in range(1000))
    with pytest.raises(FailedPrecondition, match="TOKEN_TOO_LARGE"):
        issuer.sign(Bearer("alice", scopes=scopes), "accounts")


def test_another_key_signs_from_the_moment_it_is_told(issuer):
    other = SigningKey.generate("ES256")
    issuer.sign_with(other)
    assert issuer.sign(ALICE, "accounts").kid == other.public.kid


def test_no_two_tokens_are_alike(issuer):
    assert len({issuer.issue("activity", "accounts", GRANT).text for _ in range(100)}) == 100


@pytest.mark.parametrize("lifetime", [0, -1, 3601])
def test_a_lifetime_beyond_the_cap_is_refused(lifetime, clock, forge):
    with pytest.raises(ValueError, match="seconds"):
        Issuer(forge.key, name="spiffe://campus", trust_domain="campus", clock=clock, lifetime=lifetime)


def test_what_was_issued_does_not_show_itself(issuer):
    assert "secret-token" not in repr(Issued("secret-token", 600, 0))
    signed = issuer.sign(ALICE, "accounts")
    assert signed.text not in repr(signed)
