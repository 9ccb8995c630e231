from __future__ import annotations

import base64
import dataclasses
import json
import string
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.errors import Unauthenticated, Unavailable
from trunkline.identity.feed import Feed, News
from trunkline.identity.renewal import Renewal
from trunkline.identity.revoked import Revocation
from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier

NOW = 1_800_000_000.0
LEEWAY = 10.0


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_good_token_tells_who_calls_and_with_what(verifier, forge):
    principal = verifier.verify(forge.token())
    assert principal.subject == "spiffe://campus/activity"
    assert principal.scopes == {"accounts.read", "accounts.write"}
    assert principal.roles == {"registrar"}
    assert principal.expires_at == NOW + 600
    assert principal.claims["jti"] == "00ff"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["spiffe://campus/progress", "spiffe://campus/accounts"]},
        {"exp": NOW - LEEWAY + 1, "iat": NOW - 300},
        {"nbf": NOW + LEEWAY},
        {"iat": int(NOW), "exp": int(NOW) + 3600},
        {"iat": NOW + LEEWAY},
        {"scope": None, "roles": None},
        {"act": {"sub": "spiffe://campus/journey"}},
    ],
    ids=str,
)
def test_what_is_within_the_bounds_passes(changes, verifier, forge):
    assert verifier.verify(forge.token(claims=forge.claims(**changes))).subject == "spiffe://campus/activity"


def test_a_jwk_beside_a_good_signature_is_passed_over(verifier, forge):
    assert (
        verifier.verify(forge.token(forge.header(jwk={}, jku="http://127.0.0.1:1/"))).subject
        == "spiffe://campus/activity"
    )


def test_claims_cannot_be_changed_by_who_reads_them(verifier, forge):
    claims = verifier.verify(forge.token()).claims
    with pytest.raises(TypeError):
        claims["sub"] = "progress"


def test_without_a_key_set_nobody_is_let_in(clock, forge):
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock)
    assert not verifier.loaded
    with pytest.raises(Unavailable) as refusal:
        verifier.verify(forge.token())
    assert refusal.value.reason == "KEYS_NOT_LOADED"
    verifier.replace_keys([])
    assert verifier.loaded
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        verifier.verify(forge.token())


def test_a_verified_token_is_not_verified_again(verifier, forge):
    token = forge.token()
    assert verifier.verify(token) is verifier.verify("".join(token))


def test_a_verified_token_dies_on_time(verifier, forge, clock):
    token = forge.token()
    verifier.verify(token)
    clock.advance(600 + LEEWAY - 1)
    assert verifier.verify(token).subject == "spiffe://campus/activity"
    clock.advance(1)
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        verifier.verify(token)


def test_a_verified_token_dies_with_its_key(verifier, forge):
    token = forge.token()
    verifier.verify(token)
    verifier.replace_keys([forge.stranger.public])
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        verifier.verify(token)


def test_a_verified_token_outlives_a_key_set_that_says_the_same(verifier, forge):
    principal = verifier.verify(forge.token())
    verifier.replace_keys([forge.key.public])
    assert verifier.verify(forge.token()) is principal


def test_two_keys_verify_side_by_side(verifier, forge):
    verifier.replace_keys([forge.key.public, forge.stranger.public])
    other = forge.token(forge.header(kid=forge.stranger.public.kid), key=forge.stranger)
    assert verifier.verify(forge.token()).subject == verifier.verify(other).subject == "spiffe://campus/activity"


def test_a_key_of_an_unknown_kind_does_not_hide_the_others(verifier, forge):
    odd = dataclasses.replace(forge.stranger.public, kty="RSA", alg="RS256")
    verifier.replace_keys([odd, forge.key.public])
    assert verifier.verify(forge.token()).subject == "spiffe://campus/activity"


def test_the_memory_is_bounded_and_the_oldest_goes_first(clock, forge):
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock, remember=3)
    verifier.replace_keys([forge.key.public])
    tokens = [forge.token(claims=forge.claims(jti=f"{n}")) for n in range(5)]
    first = [verifier.verify(token) for token in tokens]
    again = [verifier.verify(token) for token in reversed(tokens)]
    assert [old is new for old, new in zip(first, reversed(again), strict=True)] == [False, False, True, True, True]


def test_a_refused_token_takes_no_place_in_the_memory(clock, forge):
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock, remember=1)
    verifier.replace_keys([forge.key.public])
    principal = verifier.verify(forge.token())
    with pytest.raises(Unauthenticated):
        verifier.verify(forge.token(key=forge.stranger))
    assert verifier.verify(forge.token()) is principal


def test_a_fault_inside_refuses(clock, forge):
    class Broken(str):
        __slots__ = ()

        def __len__(self) -> int:
            raise ZeroDivisionError

    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock)
    verifier.replace_keys([forge.key.public])
    with pytest.raises(Unauthenticated, match="TOKEN_REFUSED"):
        verifier.verify(Broken(forge.token()))


@pytest.mark.parametrize("leeway", [-1.0, 61.0, float("nan")])
def test_a_leeway_beyond_a_minute_is_no_leeway(leeway, clock):
    with pytest.raises(ValueError, match="leeway"):
        Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock, leeway=leeway)


@pytest.fixture(scope="module")
def still(forge):
    clock = SimpleNamespace(time=lambda: NOW, monotonic=lambda: NOW)
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock)
    verifier.replace_keys([forge.key.public])
    return verifier


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.one_of(
    st.text(),
    st.text(string.ascii_letters + string.digits + "-_.=", max_size=200),
    st.lists(st.binary(max_size=80).map(encode), min_size=3, max_size=3).map(".".join),
)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_no_text_gives_anything_but_the_refusal(text, still):
    with pytest.raises(Unauthenticated):
        still.verify(text)


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 10_000), new=st.text(max_size=3), cut=st.integers(0, 3))
def test_a_good_token_changed_anywhere_is_refused(at, new, cut, still, forge):
    token = forge.token()
    at %= len(token) + 1
    changed = token[:at] + new + token[at + cut :]
    if changed == token:
        assert still.verify(changed).subject == "spiffe://campus/activity"
        return
    with pytest.raises(Unauthenticated):
        still.verify(changed)


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "roles", "act", "cnf", "fam"]),
    value=JSON,
)
def test_no_signed_claim_gives_anything_but_the_refusal_or_a_principal(name, value, still, forge):
    token = forge.token(claims=json.dumps({**forge.claims(), name: value}))
    try:
        principal = still.verify(token)
    except Unauthenticated:
        return
    assert principal.expires_at > NOW - LEEWAY


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "zip", "x5c"]), value=JSON)
def test_no_header_gives_anything_but_the_refusal_or_a_principal(name, value, still, forge):
    token = forge.token(json.dumps({**forge.header(), name: value}))
    try:
        principal = still.verify(token)
    except Unauthenticated:
        return
    assert name in {"jwk", "zip", "x5c"}
    assert principal.subject == "spiffe://campus/activity"


def revoking(kind: str, value: str, at: float = NOW) -> News:
    return News((Revocation(kind, value, at, NOW + 3600),))


@pytest.fixture
def feed(clock) -> Feed:
    return Feed(clock=clock, stale_after=30.0)


@pytest.fixture
def fed(clock, forge, feed) -> Verifier:
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock, feed=feed)
    verifier.replace_keys([forge.key.public])
    verifier.revoke(News(complete=True))
    return verifier


MEETS = {
    "jti": ("jti", "00ff"),
    "subject": ("subject", "spiffe://campus/activity"),
    "actor": ("subject", "spiffe://campus/journey"),
    "family": ("family", "f1"),
}


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
@pytest.mark.parametrize("name", [*MEETS, "kid"])
def test_what_is_revoked_is_refused_whether_it_was_seen_before_or_not(name, warm, fed, forge):
    token = forge.token(claims=forge.claims(fam="f1", act={"sub": "spiffe://campus/journey"}))
    other = forge.token(claims=forge.claims(jti="other", sub="spiffe://campus/progress"))
    if warm:
        fed.verify(token)
    fed.revoke(revoking(*MEETS.get(name, ("kid", forge.key.public.kid))))
    for _ in range(2):
        with pytest.raises(Unauthenticated, match="TOKEN_REVOKED"):
            fed.verify(token)
    if name != "kid":
        assert fed.verify(other).subject == "spiffe://campus/progress"


def test_a_token_issued_after_its_subject_was_revoked_is_good(fed, forge):
    fed.revoke(revoking("subject", "spiffe://campus/activity", NOW - 1))
    assert fed.verify(forge.token()).subject == "spiffe://campus/activity"


def test_a_revocation_makes_only_what_it_means_be_forgotten(fed, forge):
    token = forge.token()
    principal = fed.verify(token)
    fed.revoke(revoking("jti", "another"))
    assert fed.verify(token) is principal


def test_a_forged_token_learns_nothing_of_revocations(fed, forge):
    fed.revoke(revoking("jti", "00ff"))
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        fed.verify(forge.token(key=forge.stranger))


def test_before_the_first_word_of_revocations_nobody_is_let_in(clock, forge, feed):
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock, feed=feed)
    verifier.replace_keys([forge.key.public])
    assert not verifier.loaded
    with pytest.raises(Unavailable, match="REVOCATIONS_NOT_LOADED") as refusal:
        verifier.verify(forge.token())
    assert refusal.value.refused


def test_a_lost_feed_lets_nobody_in_not_even_who_was_known(fed, forge, clock):
    token = forge.token()
    fed.verify(token)
    clock.advance(30.0)
    with pytest.raises(Unavailable, match="REVOCATIONS_STALE") as refusal:
        fed.verify(token)
    assert refusal.value.refused
    fed.revoke(News())
    assert fed.verify(token).subject == "spiffe://campus/activity"


def test_a_lost_feed_may_be_allowed_by_setting(clock, forge):
    feed = Feed(clock=clock, stale_after=30.0, when_stale="allow")
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock, feed=feed)
    verifier.replace_keys([forge.key.public])
    verifier.revoke(News(complete=True))
    clock.advance(300.0)
    assert verifier.verify(forge.token()).subject == "spiffe://campus/activity"


def test_a_key_that_goes_takes_its_own_tokens_along_and_no_others(verifier, forge):
    verifier.replace_keys([forge.key.public, forge.stranger.public])
    mine, others = forge.token(), forge.token(forge.header(kid=forge.stranger.public.kid), key=forge.stranger)
    verifier.verify(others)
    principal = verifier.verify(mine)
    verifier.replace_keys([forge.key.public])
    assert verifier.verify(mine) is principal
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        verifier.verify(others)


def test_another_key_of_the_same_name_is_another_key(verifier, forge):
    token = forge.token()
    verifier.verify(token)
    verifier.replace_keys([dataclasses.replace(forge.stranger.public, kid=forge.key.public.kid)])
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        verifier.verify(token)


def test_a_clock_that_is_set_back_makes_no_token_good_for_longer_than_its_end(verifier, forge, clock):
    token = forge.token()
    verifier.verify(token)
    clock.now -= 3600.0
    assert verifier.verify(token).expires_at == NOW + 600
    clock.now += 3600.0 + 600.0 + LEEWAY
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        verifier.verify(token)


def test_a_clock_far_behind_refuses_what_is_new(verifier, forge, clock):
    clock.now -= 3600.0
    with pytest.raises(Unauthenticated, match="TOKEN_NOT_YET_VALID"):
        verifier.verify(forge.token())


async def test_a_flood_of_unknown_keys_asks_once_and_keeps_the_good_ones(verifier, forge, clock):
    asked = []

    async def renew() -> None:
        asked.append(1)
        raise Unavailable("UNREACHABLE", "no backbone")

    verifier.renewal = Renewal(renew, clock=clock)
    for n in range(200):
        with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN") as refusal:
            verifier.verify(forge.token(forge.header(kid=f"unknown-{n}"), key=forge.stranger))
        if (renewed := verifier.renewed(refusal.value)) is not None:
            await renewed
    assert asked == [1]
    assert verifier.verify(forge.token()).subject == "spiffe://campus/activity"


@pytest.mark.parametrize("changes", [{"kid": 1}, {"alg": "none"}, {"typ": "JWT"}, {"kid": "k" * 129}], ids=str)
async def test_only_an_unknown_key_is_worth_asking_for(changes, verifier, forge, clock):
    verifier.renewal = Renewal(SimpleNamespace, clock=clock)
    with pytest.raises(Unauthenticated) as refusal:
        verifier.verify(forge.token(forge.header(**changes)))
    assert verifier.renewed(refusal.value) is None
    with pytest.raises(Unauthenticated) as refusal:
        verifier.verify(forge.token(key=forge.stranger))
    assert verifier.renewed(refusal.value) is None


def test_whoever_asks_nobody_refuses_at_once(verifier, forge):
    with pytest.raises(Unauthenticated) as refusal:
        verifier.verify(forge.token(forge.header(kid="unknown")))
    assert verifier.renewed(refusal.value) is None


def test_a_token_signed_in_es256_is_verified_and_its_twin_as_well(verifier, forge):
    es256 = dataclasses.replace(forge, key=SigningKey.generate("ES256"))
    verifier.replace_keys([es256.key.public])
    token = es256.token(es256.header(alg="ES256"))
    head, _, last = token.rpartition(".")
    raw = base64.urlsafe_b64decode(last + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    assert verifier.verify(token).claims == verifier.verify(f"{head}.{encode(twin)}").claims


async def test_whoever_holds_a_token_is_told_when_it_is_revoked(fed, forge):
    ended = []
    token = forge.token()
    fed.verify(token)
    fed.hold(token, ended.append)
    fed.revoke(revoking("jti", "another"))
    assert ended == []
    fed.revoke(revoking("jti", "00ff"))
    assert [error.reason for error in ended] == ["TOKEN_REVOKED"]


async def test_whoever_holds_a_token_is_told_when_its_key_is_gone(fed, forge):
    ended = []
    fed.hold(forge.token(), ended.append)
    fed.replace_keys([forge.stranger.public])
    assert [error.reason for error in ended] == ["TOKEN_REVOKED"]
