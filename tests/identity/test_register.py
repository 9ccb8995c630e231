from __future__ import annotations

import pytest

from trunkline.identity.issuer import Bearer, Issuer
from trunkline.identity.register import Record, Register
from trunkline.storage.ports import Write

ACTORS = ("spiffe://campus/activity", "spiffe://campus/progress")


@pytest.fixture
def register(store, clock) -> Register:
    return Register(store, clock=clock)


@pytest.fixture
def issuer(clock, forge) -> Issuer:
    return Issuer(forge.key, name="spiffe://campus", trust_domain="campus", clock=clock)


def record(issuer: Issuer, subject: str = "alice", **more: object) -> Record:
    signed = issuer.sign(Bearer(subject, **more), "accounts")
    return Record.of(signed, grant="exchange", trust_domain="campus")


async def test_what_was_issued_is_found_by_its_id(register, issuer, forge, clock):
    one = record(issuer, scopes=frozenset({"b", "a"}), roles=frozenset({"x"}), actors=ACTORS, family="f1")
    await register.add(one)
    assert await register.find(one.jti) == one
    assert (one.audience, one.scopes, one.roles, one.actors) == ("accounts", ("a", "b"), ("x",), ACTORS)
    assert (one.kid, one.family, one.grant) == (forge.key.public.kid, "f1", "exchange")
    assert (one.issued_at, one.expires_at) == (clock.now, clock.now + 600)


async def test_it_is_stored_in_one_commit_with_what_belongs_to_it(register, issuer, store):
    one = record(issuer)
    await register.add(one, Write("families/f1", b"x"))
    entries = (await store.snapshot()).entries
    assert len({entry.revision for entry in entries}) == 1 != len(entries)


async def test_what_has_expired_is_neither_found_nor_listed_nor_kept(register, issuer, clock, store):
    one = record(issuer)
    await register.add(one)
    clock.advance(600)
    assert await register.find(one.jti) is None
    assert await register.live() == []
    assert (await store.snapshot()).entries == ()


async def test_the_newest_is_listed_first(register, issuer, clock):
    for subject in ("alice", "bob", "carol"):
        await register.add(record(issuer, subject))
        clock.advance(1)
    assert [one.subject for one in await register.live()] == ["carol", "bob", "alice"]
    assert [one.subject for one in await register.live("bob")] == ["bob"]


async def test_an_id_that_was_never_issued_is_not_found(register):
    assert await register.find("00" * 16) is None
