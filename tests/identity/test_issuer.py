from __future__ import annotations

import jwt
import pytest

from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant, Issued
from trunkline.identity.signing import SigningKey

GRANT = Grant(scopes=frozenset({"b.write", "a.read"}), roles=frozenset({"registrar"}))


def test_a_token_says_who_for_whom_and_how_long(clock):
    key = SigningKey.generate()
    issued = Issuer(key, name="spiffe://campus", trust_domain="campus", clock=clock, entropy=bytes).issue(
        "activity", "accounts", GRANT
    )
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(
        issued.text, key.private.public_key(), ["EdDSA"], options=options, audience="spiffe://campus/accounts"
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
    assert jwt.get_unverified_header(issued.text) == {"alg": "EdDSA", "kid": key.public.kid, "typ": "at+jwt"}
    assert (issued.lifetime, issued.expires_at) == (600, now + 600)


def test_what_is_issued_is_verified(clock, verifier, forge):
    issued = Issuer(forge.key, name="spiffe://campus", trust_domain="campus", clock=clock, lifetime=60).issue(
        "activity", "accounts", GRANT
    )
    principal = verifier.verify(issued.text)
    assert (principal.subject, principal.scopes) == ("spiffe://campus/activity", GRANT.scopes)
    assert principal.roles == {"component", "registrar"}
    assert principal.expires_at == int(clock.time()) + 60


def test_no_two_tokens_are_alike(clock, forge):
    issuer = Issuer(forge.key, name="spiffe://campus", trust_domain="campus", clock=clock)
    assert len({issuer.issue("activity", "accounts", GRANT).text for _ in range(100)}) == 100


@pytest.mark.parametrize("lifetime", [0, -1, 3601])
def test_a_lifetime_beyond_the_cap_is_refused(lifetime, clock, forge):
    with pytest.raises(ValueError, match="seconds"):
        Issuer(forge.key, name="spiffe://campus", trust_domain="campus", clock=clock, lifetime=lifetime)


def test_what_was_issued_does_not_show_itself():
    assert "secret-token" not in repr(Issued("secret-token", 600, 0))
