from __future__ import annotations

import asyncio
from contextlib import aclosing

from trunkline.storage.ports import Change, Changed
from trunkline.storage.sqlite.feed import Feed


async def test_a_watch_that_was_closed_takes_no_room(opened):
    async with opened(room=1_000) as store:
        watch = store.bucket("b").watch()
        await anext(watch)
        await watch.aclose()
        for one in range(10):
            await store.bucket("b").put(f"k{one}", bytes(1_000))
        assert store.overflows == 0


async def test_each_reader_that_fell_behind_is_counted(opened):
    async with opened(room=1_000) as store:
        kv = store.bucket("b")
        async with aclosing(kv.watch()) as one, aclosing(kv.watch()) as other:
            await anext(one), await anext(other)
            for number in range(10):
                await kv.put(f"k{number}", bytes(1_000))
        assert store.overflows == 2


async def test_a_change_that_comes_as_the_quiet_period_ends_is_not_taken_for_quiet():
    feed = Feed("", 1_000)
    reading = asyncio.create_task(feed.next(0))
    await asyncio.sleep(0)
    feed.push(change := Change(1, (Changed("a", b"1"),)))
    assert await reading == change
