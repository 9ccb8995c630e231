from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from trunkline.identity.published import Published
from trunkline.identity.signing import SigningKey

ONE, TWO, THREE = (SigningKey.generate().public for _ in range(3))


async def _next(sets):
    return await anext(sets, None)


async def _set(event: asyncio.Event) -> None:
    event.set()


@pytest.fixture
def over() -> asyncio.Event:
    return asyncio.Event()


async def test_a_watch_begins_with_the_full_set(over):
    async with aclosing(Published([ONE, TWO]).watch(over)) as sets:
        assert await anext(sets) == (ONE, TWO)


async def test_each_change_reaches_every_watcher(over):
    published = Published([ONE])
    async with aclosing(published.watch(over)) as first, aclosing(published.watch(over)) as second:
        assert await anext(first) == await anext(second) == (ONE,)
        waiting = [asyncio.create_task(anext(sets)) for sets in (first, second)]
        published.replace([ONE, TWO])
        assert await asyncio.gather(*waiting) == [(ONE, TWO), (ONE, TWO)]


async def test_a_slow_watcher_gets_the_last_set(over):
    published = Published([ONE])
    async with aclosing(published.watch(over)) as sets:
        await anext(sets)
        published.replace([TWO])
        published.replace([THREE])
        assert await anext(sets) == (THREE,)


async def test_a_watch_ends_when_it_is_over(over):
    sets = Published([ONE]).watch(over)
    await anext(sets)
    async with asyncio.TaskGroup() as together:
        waiting = together.create_task(_next(sets))
        together.create_task(_set(over))
    assert waiting.result() is None


async def test_a_watch_that_is_over_does_not_begin(over):
    over.set()
    assert [keys async for keys in Published([ONE]).watch(over)] == []


async def test_a_watch_that_is_left_leaves_no_task_behind(over):
    before = asyncio.all_tasks()
    sets = Published([ONE]).watch(over)
    await anext(sets)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await anext(sets)
    left = asyncio.all_tasks() - before
    assert all(task.cancelling() for task in left)
    await asyncio.gather(*left, return_exceptions=True)
