from __future__ import annotations

from contextlib import aclosing


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
