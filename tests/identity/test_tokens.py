from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from trunkline.errors import Unavailable
from trunkline.identity.model import Issued
from trunkline.identity.tokens import TokenSource

current: ContextVar[str] = ContextVar("current", default="nothing")


class Backbone:
    """Issues numbered tokens; fails while `down`, holds requests back while `open` is not set."""

    def __init__(self) -> None:
        self.issued: list[str] = []
        self.contexts: list[str] = []
        self.asked = 0
        self.down = False
        self.lifetime = 100.0
        self.open = asyncio.Event()
        self.open.set()
        self.arrived: asyncio.Queue[str] = asyncio.Queue()
        self.answered: asyncio.Queue[str] = asyncio.Queue()

    async def issue(self, audience: str) -> Issued:
        self.asked += 1
        self.arrived.put_nowait(audience)
        self.contexts.append(current.get())
        await self.open.wait()
        if self.down:
            self.answered.put_nowait("")
            raise Unavailable("UNREACHABLE", "no backbone")
        self.issued.append(f"{audience}-{len(self.issued) + 1}")
        self.answered.put_nowait(self.issued[-1])
        return Issued(self.issued[-1], self.lifetime, 0.0)


@pytest.fixture
def backbone() -> Backbone:
    return Backbone()


@pytest.fixture
async def source(backbone, clock):
    source = TokenSource(
        backbone.issue, clock=clock, random=lambda: 0.5, backoff=lambda failures: 2.0**failures, sleep=clock.sleep
    )
    yield source
    await source.close()


async def test_a_token_is_at_hand_once_it_was_fetched(source):
    assert source.peek("accounts") is None
    assert await source.fetch("accounts") == "accounts-1"
    assert source.peek("accounts") == await source.fetch("accounts") == "accounts-1"
    assert source.peek("progress") is None


async def test_a_hundred_callers_make_one_request(source, backbone):
    backbone.open.clear()
    callers = [asyncio.create_task(source.fetch("accounts")) for _ in range(100)]
    await backbone.arrived.get()
    backbone.open.set()
    assert set(await asyncio.gather(*callers)) == {"accounts-1"}
    assert backbone.asked == 1


async def test_each_callee_has_a_token_of_its_own(source):
    tokens = await asyncio.gather(source.fetch("accounts"), source.fetch("progress"))
    assert sorted(token.partition("-")[0] for token in tokens) == ["accounts", "progress"]


async def test_a_caller_that_leaves_does_not_end_the_request_of_the_others(source, backbone):
    backbone.open.clear()
    leaving, staying = (asyncio.create_task(source.fetch("accounts")) for _ in range(2))
    await backbone.arrived.get()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    backbone.open.set()
    assert await staying == "accounts-1"


async def test_a_token_is_renewed_in_the_background_ahead_of_its_end(source, backbone, clock):
    await source.fetch("accounts")
    assert await clock.pauses.get() == pytest.approx(77.5)
    await backbone.answered.get()
    clock.advance(77.5)
    assert await backbone.answered.get() == "accounts-2"
    await clock.pauses.get()
    assert source.peek("accounts") == "accounts-2"
    assert backbone.asked == 2


@pytest.mark.parametrize(("drawn", "pause"), [(0.0, 75.0), (1.0, 80.0)])
async def test_the_moment_of_renewal_varies(drawn, pause, backbone, clock):
    source = TokenSource(backbone.issue, clock=clock, random=lambda: drawn, backoff=float, sleep=clock.sleep)
    await source.fetch("accounts")
    assert await clock.pauses.get() == pytest.approx(pause)
    await source.close()


async def test_a_failed_renewal_keeps_the_token_to_its_end_and_tries_again(source, backbone, clock):
    await source.fetch("accounts")
    backbone.down = True
    clock.advance(await clock.pauses.get())
    assert [await clock.pauses.get()] == [2.0]
    assert source.peek("accounts") == "accounts-1"
    clock.advance(2.0)
    assert await clock.pauses.get() == 4.0
    clock.advance(20.4)
    assert source.peek("accounts") == "accounts-1"
    assert await clock.pauses.get() == 8.0
    clock.advance(0.2)
    assert source.peek("accounts") is None
    backbone.down = False
    clock.advance(8.0)
    await clock.pauses.get()
    assert source.peek("accounts") == "accounts-2"


async def test_after_a_success_the_backoff_begins_anew(source, backbone, clock):
    await source.fetch("accounts")
    backbone.down = True
    clock.advance(await clock.pauses.get())
    assert await clock.pauses.get() == 2.0
    backbone.down = False
    clock.advance(2.0)
    assert await clock.pauses.get() == pytest.approx(77.5)


async def test_a_first_failure_reaches_every_caller_and_the_next_call_tries_again(source, backbone):
    backbone.down = True
    failures = await asyncio.gather(*(source.fetch("accounts") for _ in range(3)), return_exceptions=True)
    assert [type(failure) for failure in failures] == [Unavailable] * 3
    assert backbone.asked == 1
    backbone.down = False
    assert await source.fetch("accounts") == "accounts-1"


async def test_a_token_is_prefetched_and_tried_for_until_there_is_one(source, backbone, clock):
    backbone.down = True
    source.prefetch(["accounts"])
    assert await clock.pauses.get() == 0.0
    clock.advance(0.0)
    assert await clock.pauses.get() == 2.0
    backbone.down = False
    clock.advance(2.0)
    await clock.pauses.get()
    assert source.peek("accounts") == "accounts-1"


async def test_a_machine_that_slept_does_not_use_what_has_expired(source, clock):
    await source.fetch("accounts")
    clock.now += 100.0
    assert source.peek("accounts") is None
    assert await source.fetch("accounts") == "accounts-2"


async def test_the_time_on_the_way_counts(source, backbone, clock):
    backbone.open.clear()
    fetching = asyncio.create_task(source.fetch("accounts"))
    await backbone.arrived.get()
    clock.advance(60.0)
    backbone.open.set()
    await fetching
    clock.advance(40.0)
    assert source.peek("accounts") is None


async def test_a_lifetime_of_nothing_is_no_reason_to_ask_without_a_pause(source, backbone, clock):
    backbone.lifetime = 0.0
    await source.fetch("accounts")
    assert await clock.pauses.get() == 1.0


async def test_what_is_shared_does_not_run_in_the_context_of_the_first_caller(source, backbone, clock):
    current.set("the first call's deadline")
    await source.fetch("accounts")
    clock.advance(await clock.pauses.get())
    await clock.pauses.get()
    assert backbone.contexts == ["nothing", "nothing"]


async def test_closing_refuses_who_waits_and_who_comes_later(source, backbone):
    backbone.open.clear()
    waiting = asyncio.create_task(source.fetch("accounts"))
    await backbone.arrived.get()
    await source.close()
    with pytest.raises(Unavailable, match="NO_TOKEN"):
        await waiting
    with pytest.raises(Unavailable, match="NO_TOKEN"):
        await source.fetch("accounts")


async def test_closing_leaves_no_task_behind(source):
    before = asyncio.all_tasks()
    source.prefetch(["progress"])
    await source.fetch("accounts")
    assert asyncio.all_tasks() - before
    await source.close()
    assert asyncio.all_tasks() == before


async def test_another_token_takes_the_place_of_one_in_the_moment_of_the_swap(source):
    await source.fetch("accounts")
    seen = []
    await source.rebind("accounts", lambda: seen.append(source.peek("accounts")))
    assert (seen, source.peek("accounts")) == (["accounts-1"], "accounts-2")


async def test_what_was_on_its_way_before_the_swap_is_not_held_after_it(source, backbone):
    backbone.open.clear()
    waiting = asyncio.create_task(source.fetch("accounts"))
    await backbone.arrived.get()
    swapped = asyncio.Event()
    rebound = asyncio.create_task(source.rebind("accounts", swapped.set))
    backbone.open.set()
    await rebound
    assert (await waiting, source.peek("accounts"), swapped.is_set()) == ("accounts-1", "accounts-2", True)


async def test_a_swap_happens_though_no_other_token_can_be_had_and_the_useless_one_is_forgotten(source, backbone):
    await source.fetch("accounts")
    backbone.down = True
    swapped = asyncio.Event()
    await source.rebind("accounts", swapped.set)
    assert swapped.is_set()
    assert source.peek("accounts") is None
    backbone.down = False
    assert await source.fetch("accounts") == "accounts-2"


async def test_a_swap_without_a_token_asks_for_none(source, backbone):
    swapped = asyncio.Event()
    await source.rebind("accounts", swapped.set)
    assert (swapped.is_set(), backbone.asked) == (True, 0)
