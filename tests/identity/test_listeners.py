from __future__ import annotations

import asyncio

import pytest

from trunkline.clock import SystemClock
from trunkline.errors import ResourceExhausted
from trunkline.identity import listeners as module
from trunkline.identity.listeners import Known, Listeners

CLOCK = SystemClock()
NAME = "spiffe://campus/accounts#1"
LONG, SHORT = 30.0, 0.05


@pytest.fixture
def listeners(store) -> Listeners:
    return Listeners(store, clock=CLOCK)


async def again(store) -> Listeners:
    """Return what a backbone knows that starts anew."""
    other = Listeners(store, clock=CLOCK)
    await other.load()
    return other


async def heard(listeners, name=NAME, trusts=LONG):
    """Let an instance hear something, and lose its watch."""
    async with listeners.watching(name, trusts) as listener:
        await listeners.hold(listener)
    return listener


async def test_where_nobody_lets_callers_in_a_revocation_is_in_force_at_once(listeners):
    assert await listeners.know(7, within=LONG) == Known(0, 0, 0.0)


async def test_an_instance_that_watches_is_waited_for_until_it_confirms(listeners):
    async with listeners.watching(NAME, LONG) as listener:
        await listeners.hold(listener)
        waiting = asyncio.create_task(listeners.know(7, within=LONG))
        listeners.took(listener, 6)
        await asyncio.sleep(0)
        assert not waiting.done()
        listeners.took(listener, 7)
        assert await waiting == Known(1, 1, 0.0)


async def test_an_instance_that_watches_and_is_silent_leaves_it_open(listeners):
    async with listeners.watching(NAME, SHORT) as listener:
        await listeners.hold(listener)
        assert await listeners.know(7, within=2 * SHORT) == Known(1, 0, None)


async def test_an_instance_that_lost_its_watch_is_waited_for_until_its_trust_is_over(listeners):
    listener = await heard(listeners, trusts=SHORT)
    assert await listeners.know(7, within=LONG) == Known(1, 0, 0.0)
    assert CLOCK.time() >= listener.until


async def test_an_instance_that_comes_back_may_confirm(listeners):
    await heard(listeners)
    waiting = asyncio.create_task(listeners.know(7, within=LONG))
    async with listeners.watching(NAME, LONG) as listener:
        listeners.took(listener, 7)
        assert await waiting == Known(1, 1, 0.0)


async def test_whoever_gives_up_waiting_is_told_how_long_it_takes_at_most(listeners):
    await heard(listeners)
    known = await listeners.know(7, within=0.01)
    assert (known.listening, known.confirmed) == (1, 0)
    assert 0 < known.rest <= LONG


async def test_an_instance_that_has_said_goodbye_is_waited_for_no_more(listeners, store):
    listener = await heard(listeners)
    await listeners.left(listener)
    assert await listeners.know(7, within=LONG) == Known(0, 0, 0.0)
    assert await (await again(store)).know(7, within=LONG) == Known(0, 0, 0.0)


async def test_an_instance_that_lets_nobody_in_is_never_waited_for(listeners):
    async with listeners.watching(NAME, 0.0) as listener:
        assert listener is None
        assert await listeners.know(7, within=LONG) == Known(0, 0, 0.0)


async def test_two_watches_of_one_instance_are_one_instance(listeners):
    async with listeners.watching(NAME, LONG) as stale, listeners.watching(NAME, LONG) as fresh:
        assert stale is fresh
        listeners.took(fresh, 7)
        assert await listeners.know(7, within=LONG) == Known(1, 1, 0.0)


async def test_who_listened_is_known_across_a_restart_of_the_backbone(listeners, store):
    await heard(listeners)
    restarted = await again(store)
    known = await restarted.know(7, within=0.01)
    assert (known.listening, known.confirmed) == (1, 0)
    assert LONG < known.rest <= LONG + module._AHEAD


async def test_heartbeats_do_not_each_reach_the_disk(listeners, store):
    async with listeners.watching(NAME, LONG) as listener:
        await listeners.hold(listener)
        before = (await store.get(module.PREFIX + NAME)).entry
        await listeners.hold(listener)
        assert (await store.get(module.PREFIX + NAME)).entry == before


async def test_there_is_a_bound_and_those_whose_trust_is_over_make_room(listeners, monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    listener = await heard(listeners)
    with pytest.raises(ResourceExhausted, match="TOO_MANY_LISTENERS"):
        await heard(listeners, "another")
    listener.until = CLOCK.time()
    await heard(listeners, "another")
