from __future__ import annotations

import asyncio

import pytest

from trunkline.identity.unbroken import unbroken


async def test_it_returns_and_raises_what_the_work_does():
    async def fails():
        raise KeyError("it")

    async def works():
        return 1

    assert await unbroken(works()) == 1
    with pytest.raises(KeyError):
        await unbroken(fails())


async def test_work_goes_on_when_whoever_waits_for_it_gives_up():
    begun, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work():
        begun.set()
        await go.wait()
        done.set()

    waiting = asyncio.create_task(unbroken(work()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not done.is_set()
    go.set()
    await done.wait()
