from __future__ import annotations

import pytest

from trunkline.errors import Aborted, Unauthenticated
from trunkline.identity.families import LIFETIME, LONGEST, Families, Reused


@pytest.fixture
def families(store, clock) -> Families:
    return Families(store, clock=clock)


@pytest.fixture
async def token(families, store) -> str:
    _, text, write = begin(families)
    await store.commit([write])
    return text


def begin(families: Families):
    return families.begin(
        "activity", "spiffe://campus/activity", component=True, audience="accounts", scopes=frozenset({"b", "a"})
    )


async def test_a_token_is_spent_for_the_next(families, store, token):
    family, text, write = await families.spend(token)
    await store.commit([write])
    assert (family.name, family.audience, family.scopes, family.component) == ("activity", "accounts", ("a", "b"), True)
    assert (await families.spend(text))[0].id == family.id


async def test_a_token_that_was_spent_gives_its_family_away(families, store, token):
    family, _, write = await families.spend(token)
    await store.commit([write])
    with pytest.raises(Reused) as reuse:
        await families.spend(token)
    assert reuse.value.family.id == family.id
    assert reuse.value.reason == "REFRESH_REFUSED"


async def test_of_two_who_spend_a_token_at_once_one_finds_it_spent(families, store, token):
    _, _, one = await families.spend(token)
    _, _, other = await families.spend(token)
    await store.commit([one])
    with pytest.raises(Aborted):
        await store.commit([other])


def changed(token: str, part: int) -> str:
    parts = token.split("_")
    parts[part] = parts[part][::-1]
    return "_".join(parts)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda _: "no refresh token at all", "not of the form"),
        (lambda token: token + "0", "not of the form"),
        (lambda token: changed(token, 1), "family unknown, ended or revoked"),
        (lambda token: changed(token, 2), "not a token of family"),
    ],
    ids=["form", "length", "family", "guess"],
)
async def test_who_only_knows_the_name_of_a_family_can_neither_spend_nor_end_it(change, cause, families, token):
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED") as refusal:
        await families.spend(change(token))
    assert not isinstance(refusal.value, Reused)
    assert cause in refusal.value.exactly
    assert cause not in str(refusal.value)
    assert await families.spend(token)


async def test_a_family_that_was_ended_gives_nothing(families, store, token):
    family, _, _ = await families.spend(token)
    await store.commit([families.end(family.id)])
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED"):
        await families.spend(token)


async def test_a_token_is_good_for_a_day_and_no_family_for_longer_than_its_bound(families, store, clock, token):
    passed = 0.0
    while passed + LIFETIME - 1 < LONGEST:
        clock.advance(LIFETIME - 1)
        passed += LIFETIME - 1
        _, token, write = await families.spend(token)
        await store.commit([write])
    clock.advance(LIFETIME - 1)
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED"):
        await families.spend(token)


async def test_a_token_that_was_left_for_too_long_is_good_no_more(families, clock, token):
    clock.advance(LIFETIME)
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED"):
        await families.spend(token)


async def test_families_are_found_by_their_subject(families, store, token):
    assert len(await families.of("spiffe://campus/activity")) == 1
    assert await families.of("activity") == []


async def test_nothing_that_is_stored_or_shown_holds_the_token(families, store, token):
    family, _, _ = await families.spend(token)
    stored = (await store.snapshot("families/")).entries[0].value.decode() + repr(family)
    assert not any(part in stored for part in token.split("_")[2:])
    assert family.mark not in repr(family)
