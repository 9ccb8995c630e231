from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from trunkline.errors import Unavailable
from trunkline.identity.signing import SigningKey
from trunkline.identity.watch import KeyWatch

ONE, TWO = (SigningKey.generate().public for _ in range(2))
current: ContextVar[str] = ContextVar("current", default="nothing")


class Backbone:
    """Each watch yields what `send` puts in: a set, an error to fail with, or None to end."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0
        self.contexts: list[str] = []
        self._next: asyncio.Queue = asyncio.Queue()

    def send(self, *items) -> None:
        for item in items:
            self._next.put_nowait(item)

    async def watch(self):
        self.opened += 1
        self.contexts.append(current.get())
        try:
            while (item := await self._next.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self.closed += 1


class Received:
    def __init__(self) -> None:
        self.sets: asyncio.Queue = asyncio.Queue()

    def replace_keys(self, keys) -> None:
        self.sets.put_nowait(keys)


@pytest.fixture
def backbone() -> Backbone:
    return Backbone()


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
async def watch(backbone, received, clock):
    watch = KeyWatch(backbone.watch, received, clock=clock, backoff=float, sleep=clock.sleep)
    yield watch
    await watch.close()


async def test_every_set_reaches_the_verifier(watch, backbone, received):
    backbone.send((ONE,), (ONE, TWO))
    await watch.first()
    assert [await received.sets.get(), await received.sets.get()] == [(ONE,), (ONE, TWO)]


async def test_the_first_set_is_waited_for(watch, backbone):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await watch.first()
    backbone.send((ONE,))
    await watch.first()


@pytest.mark.parametrize("end", [None, Unavailable("UNREACHABLE"), ValueError("odd message")], ids=repr)
async def test_a_watch_that_ends_is_opened_again_and_the_keys_stay(end, watch, backbone, received, clock):
    backbone.send((ONE,), end)
    assert await clock.pauses.get() == 1.0
    assert received.sets.qsize() == 1
    backbone.send((TWO,))
    clock.advance(1.0)
    await received.sets.get()
    assert await received.sets.get() == (TWO,)
    assert (backbone.opened, backbone.closed) == (2, 1)


async def test_watches_that_fail_in_a_row_are_opened_ever_later(watch, backbone, clock):
    for failures in (1.0, 2.0, 3.0):
        backbone.send(Unavailable("UNREACHABLE"))
        assert await clock.pauses.get() == failures
        clock.advance(failures)


async def test_a_watch_that_lasted_resets_the_backoff(watch, backbone, received, clock):
    for pause in (1.0, 2.0):
        backbone.send(None)
        assert await clock.pauses.get() == pause
        clock.advance(pause)
    backbone.send((ONE,))
    await received.sets.get()
    clock.advance(300.0)
    backbone.send(None)
    assert await clock.pauses.get() == 1.0


async def test_closing_ends_the_watch_and_leaves_no_task_behind(backbone, received, clock):
    before = asyncio.all_tasks()
    watch = KeyWatch(backbone.watch, received, clock=clock, backoff=float, sleep=clock.sleep)
    backbone.send((ONE,))
    await watch.first()
    await watch.close()
    assert backbone.closed == 1
    assert asyncio.all_tasks() == before


async def test_the_watch_has_no_part_in_the_context_it_is_opened_in(backbone, received, clock):
    current.set("a deadline")
    watch = KeyWatch(backbone.watch, received, clock=clock, backoff=float, sleep=clock.sleep)
    backbone.send((ONE,))
    await watch.first()
    await watch.close()
    assert backbone.contexts == ["nothing"]


async def test_asked_to_a_watch_is_opened_anew_at_once(watch, backbone, received):
    backbone.send((ONE,))
    await received.sets.get()
    renewed = asyncio.create_task(watch.anew())
    while backbone.opened < 2:
        await asyncio.sleep(0)
    assert not renewed.done()
    backbone.send((ONE, TWO))
    await renewed
    assert (backbone.opened, backbone.closed) == (2, 1)


async def test_asked_to_a_pause_is_cut_short(watch, backbone, received, clock):
    backbone.send(Unavailable("UNREACHABLE"))
    await clock.pauses.get()
    renewed = asyncio.create_task(watch.anew())
    backbone.send((ONE,))
    await renewed
    assert received.sets.qsize() == 1


async def test_a_watch_that_is_cancelled_from_within_does_not_spin(watch, backbone, clock):
    backbone.send(asyncio.CancelledError())
    assert await clock.pauses.get() == 1.0
