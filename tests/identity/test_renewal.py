from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from trunkline.errors import Unavailable
from trunkline.identity.renewal import Renewal

current: ContextVar[str] = ContextVar("current", default="nothing")


class Source:
    """Counts how often it was asked; answers when `open` is set."""

    def __init__(self) -> None:
        self.asked = 0
        self.contexts: list[str] = []
        self.open = asyncio.Event()
        self.failure: Exception | None = None

    async def renew(self) -> None:
        self.asked += 1
        self.contexts.append(current.get())
        await self.open.wait()
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def renewal(source, clock):
    renewal = Renewal(source.renew, clock=clock, cooldown=10.0)
    yield renewal
    await renewal.close()


async def test_all_who_ask_meanwhile_wait_for_the_same_one(renewal, source):
    waiting = [renewal.begin() for _ in range(1000)]
    source.open.set()
    await asyncio.wait(waiting)
    assert source.asked == 1


async def test_within_the_cooldown_nobody_waits_and_nothing_is_asked(renewal, source, clock):
    source.open.set()
    await renewal.begin()
    clock.advance(9.9)
    assert [renewal.begin() for _ in range(1000)] == [None] * 1000
    clock.advance(0.1)
    await renewal.begin()
    assert source.asked == 2


async def test_a_failure_harms_nobody_and_cools_down_as_well(renewal, source, caplog):
    source.failure = Unavailable("UNREACHABLE", "no backbone")
    source.open.set()
    await renewal.begin()
    assert renewal.begin() is None
    assert "no newer key set: UNAVAILABLE UNREACHABLE: no backbone" in caplog.text


async def test_the_wait_is_bounded(source, clock, caplog):
    renewal = Renewal(source.renew, clock=clock, patience=0.01)
    await renewal.begin()
    assert "TimeoutError" in caplog.text


async def test_it_runs_for_all_and_so_in_nobodys_context(renewal, source):
    current.set("the first call's deadline")
    source.open.set()
    await renewal.begin()
    assert source.contexts == ["nothing"]


async def test_closing_ends_what_runs(renewal, source):
    before = asyncio.all_tasks()
    renewal.begin()
    await asyncio.sleep(0)
    await renewal.close()
    assert asyncio.all_tasks() == before
