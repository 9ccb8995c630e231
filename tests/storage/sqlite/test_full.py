"""A full disk, played by a bound on the pages of the file."""

from __future__ import annotations

import asyncio

import pytest
from contract.engine import Pace

from trunkline import ResourceExhausted
from trunkline.storage.ports import Write


async def bound(store, spare=None):
    """Let the file grow by `spare` pages more, without bound where that is None."""

    def run(transaction):
        pages = transaction.connection.pragma("page_count")
        transaction.connection.pragma("max_page_count", 1 << 30 if spare is None else pages + spare)

    await store.write(run)


@pytest.fixture
async def full(opened):
    """A store with one entry and room for little more."""
    async with opened() as store:
        await store.bucket("b").put("a", b"1")
        await bound(store, spare=4)
        yield store


async def test_a_write_that_does_not_fit_is_refused_with_a_time_to_come_back(full):
    with pytest.raises(ResourceExhausted, match="STORE_FULL") as refusal:
        await full.bucket("b").put("big", bytes(100_000))
    assert refusal.value.retry_after > 0


async def test_a_write_that_does_not_fit_leaves_no_trace(full):
    with pytest.raises(ResourceExhausted):
        await full.bucket("b").commit([Write("a", b"2"), Write("big", bytes(100_000))])
    reading = await full.bucket("b").get("a")
    assert (reading.revision, reading.entry.value) == (1, b"1")


async def test_reads_go_on_while_the_disk_is_full(full):
    kv = full.bucket("b")
    for one in range(3):
        with pytest.raises(ResourceExhausted):
            await kv.put(f"big{one}", bytes(100_000))
        assert [entry.key for entry in (await kv.snapshot()).entries] == ["a"]


async def test_a_small_write_does_not_fail_for_a_large_one_beside_it(full):
    kv = full.bucket("b")
    sizes = [100_000, 1, 100_000, 1, 100_000]
    results = await asyncio.gather(
        *(kv.put(f"k{one}", bytes(size)) for one, size in enumerate(sizes)), return_exceptions=True
    )
    assert [one for one in results if not isinstance(one, ResourceExhausted)] == [2, 3]


async def test_writes_go_on_by_themselves_once_there_is_room(full):
    kv = full.bucket("b")
    with pytest.raises(ResourceExhausted):
        await kv.put("big", bytes(100_000))
    await bound(full)
    assert await kv.put("big", bytes(100_000)) == 2


async def test_a_sweep_that_found_the_disk_full_is_made_up_for(opened, clock):
    pace = Pace()
    async with opened(sleep=pace.sleep) as store:
        kv = store.bucket("b")
        await kv.commit([Write(f"{one}{'k' * 900}", b"", ttl=10) for one in range(50)])
        await bound(store, spare=0)
        clock.advance(10)
        await pace.round()
        await bound(store)
        await pace.round()
        assert len(await kv.history(f"0{'k' * 900}")) == 2


async def test_history_can_be_compacted_on_a_full_disk(full):
    await full.bucket("b").put("a", b"2")
    await bound(full, spare=0)
    await full.bucket("b").compact(3)
    assert len(await full.bucket("b").history("a")) == 0
