from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from trunkline.errors import ResourceExhausted
from trunkline.identity import revocations as module
from trunkline.identity.register import Record
from trunkline.identity.revocations import Revocations, Watcher
from trunkline.storage.ports import Write

SUBJECT = "spiffe://campus/activity"
RECORD = Record("j1", SUBJECT, "accounts", (), (), (), "k1", "f1", "bootstrap", 0.0, 0.0)


@pytest.fixture
def told() -> list:
    return []


@pytest.fixture
def revocations(store, clock, told) -> Revocations:
    return Revocations(store, clock=clock, changed=told.append, heartbeat=0.02)


@pytest.fixture
def over() -> asyncio.Event:
    return asyncio.Event()


async def again(store, clock) -> Revocations:
    """Return what a backbone knows that starts anew."""
    other = Revocations(store, clock=clock, changed=lambda _: None)
    await other.load()
    return other


async def test_a_revocation_is_stored_with_what_belongs_to_it_and_outlives_the_process(revocations, store, clock, told):
    revocation, revision = await revocations.revoke("jti", "j1", writes=[Write("families/f1", b"x")])
    assert told == [revocation]
    assert (await store.get("families/f1")).revision == revision
    assert (await again(store, clock)).all == (revocation,)


async def test_the_moment_is_a_whole_second_and_the_end_that_of_the_last_token(revocations, clock):
    clock.now += 0.3
    one, _ = await revocations.revoke("subject", SUBJECT)
    assert (one.at, one.until) == (int(clock.now) + 1, int(clock.now) + 1 + 3600)
    single, _ = await revocations.revoke("jti", "j1", until=clock.now + 60)
    assert single.until == int(clock.now) + 61


@pytest.mark.parametrize("kind", ["jti", "kid", "family"])
async def test_the_same_again_changes_nothing(kind, revocations, clock, told):
    first = await revocations.revoke(kind, "x")
    clock.advance(100)
    assert await revocations.revoke(kind, "x") == first
    assert len(told) == 1


async def test_the_moment_of_a_subject_moves_on(revocations, clock):
    first, _ = await revocations.revoke("subject", SUBJECT)
    clock.advance(100)
    second, _ = await revocations.revoke("subject", SUBJECT)
    assert second.at == first.at + 100
    assert revocations.all == (second,)


async def test_later_tokens_of_a_subject_begin_after_its_moment(revocations):
    assert revocations.earliest([SUBJECT]) == 0.0
    one, _ = await revocations.revoke("subject", SUBJECT)
    assert revocations.earliest(["alice", SUBJECT]) == one.at + 1
    assert revocations.earliest(["alice"]) == 0.0


async def test_a_token_on_record_is_covered_by_any_of_its_names(revocations, clock):
    record = replace(RECORD, issued_at=clock.now, actors=("spiffe://campus/progress",))
    assert not revocations.covers(record)
    for kind, value in (("jti", "j1"), ("kid", "k1"), ("family", "f1"), ("subject", "spiffe://campus/progress")):
        one = Revocations(revocations._store, clock=clock, changed=lambda _: None)
        await one.revoke(kind, value)
        assert one.covers(record), kind
    assert not one.covers(replace(record, issued_at=one.earliest(["spiffe://campus/progress"])))


async def test_what_no_token_can_be_meant_by_any_more_is_forgotten(revocations, store, clock):
    await revocations.revoke("jti", "j1")
    clock.advance(3600 + 61)
    await revocations.revoke("jti", "j2")
    assert [one.value for one in revocations.all] == ["j2"]
    assert [one.value for one in (await again(store, clock)).all] == ["j2"]


async def test_there_is_a_bound_on_how_much_is_revoked(revocations, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    await revocations.revoke("jti", "j1")
    await revocations.revoke("jti", "j2")
    with pytest.raises(ResourceExhausted, match="TOO_MANY_REVOCATIONS"):
        await revocations.revoke("jti", "j3")


async def test_a_watch_begins_with_everything_and_goes_on_with_what_comes(revocations, over):
    first, _ = await revocations.revoke("jti", "j1")
    watcher = Watcher()
    batches = revocations.watch(watcher, over)
    start = await anext(batches)
    assert (start.revocations, start.complete) == ((first,), True)
    second, revision = await revocations.revoke("jti", "j2")
    while not (news := await anext(batches)).revocations:
        assert not news.complete
    assert (news.revocations, news.complete, news.revision) == ((second,), False, revision)
    await batches.aclose()


async def test_a_quiet_watch_is_sent_heartbeats(revocations, over):
    watcher = Watcher()
    batches = revocations.watch(watcher, over)
    start = await anext(batches)
    beat = await anext(batches)
    assert (beat.revocations, beat.complete, beat.revision) == ((), False, start.revision)
    await batches.aclose()


async def test_a_watch_ends_when_it_is_told(revocations, over):
    watcher = Watcher()
    batches = revocations.watch(watcher, over)
    await anext(batches)
    over.set()
    assert [batch async for batch in batches] == []


async def test_a_watcher_far_behind_is_sent_everything_again(revocations, over, monkeypatch):
    watcher = Watcher()
    batches = revocations.watch(watcher, over)
    await anext(batches)
    for number in range(module._REMEMBERED + 1):
        revocations._take(module.Revocation("jti", f"j{number}", 0.0, 1e12))
    news = await anext(batches)
    assert news.complete
    assert len(news.revocations) == module._REMEMBERED + 1
    await batches.aclose()


async def test_a_caller_that_gives_up_leaves_no_revocation_that_only_the_disk_knows(
    revocations, store, told, monkeypatch
):
    begun, commit = asyncio.Event(), store.commit

    async def slow(writes):
        begun.set()
        return await commit(writes)

    monkeypatch.setattr(revocations._store, "commit", slow, raising=False)
    asked = asyncio.create_task(revocations.revoke("jti", "j1"))
    await begun.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    while not told:
        await asyncio.sleep(0)
    assert revocations.all == tuple(told)
