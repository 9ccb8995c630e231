from __future__ import annotations

import pytest
from contract.engine import Pace

from trunkline import OutOfRange

HISTORY = 1_000.0


@pytest.fixture
def pace():
    return Pace()


@pytest.fixture
async def store(opened, pace):
    async with opened(history=HISTORY, sleep=pace.sleep) as store:
        yield store


async def test_history_past_its_time_is_forgotten(store, pace, clock):
    kv = store.bucket("b")
    await kv.put("a", b"1")
    clock.advance(HISTORY + 1)
    await kv.put("a", b"2")
    await pace.round()
    assert [change.revision for change in await kv.history("a")] == [2]


async def test_what_stands_is_kept_past_the_time_of_history(store, pace, clock):
    kv = store.bucket("b")
    await kv.put("a", b"1")
    clock.advance(HISTORY + 1)
    await pace.round()
    assert (await kv.get("a")).entry.value == b"1"


async def test_a_watch_from_before_the_time_of_history_is_told_so(store, pace, clock):
    kv = store.bucket("b")
    await kv.put("a", b"1")
    clock.advance(HISTORY + 1)
    await pace.round()
    with pytest.raises(OutOfRange, match="COMPACTED"):
        await anext(kv.watch(since=0))


async def test_a_young_history_is_kept(store, pace, clock):
    kv = store.bucket("b")
    await kv.put("a", b"1")
    clock.advance(HISTORY - 1)
    await pace.round()
    assert len(await kv.history("a")) == 1


async def test_keys_that_came_and_went_leave_nothing_in_the_file(store, pace, clock):
    kv = store.bucket("b")
    for one in range(700):
        await kv.put(f"k{one}", b"", ttl=10)
    clock.advance(10)
    await pace.round()
    clock.advance(HISTORY + 1)
    await pace.round()
    rows = await store.read(
        lambda connection: connection.execute("SELECT (SELECT count(*) FROM kv) + (SELECT count(*) FROM log)").get
    )
    assert rows == 0
