from __future__ import annotations

import asyncio

import pytest

from trunkline.identity.feed import Feed, News, Unfed
from trunkline.identity.revoked import Revocation

ONE, TWO = (Revocation("jti", jti, 1_800_000_000.0, 1_800_000_600.0) for jti in ("one", "two"))


def token(jti: str) -> dict:
    return {"jti": jti, "sub": "x", "iat": 0}


@pytest.fixture
def feed(clock) -> Feed:
    return Feed(clock=clock, stale_after=30.0, sleep=clock.sleep)


def test_before_the_first_full_state_nothing_is_known(feed):
    feed.take(News((ONE,)))
    assert (feed.loaded, feed.fresh, len(feed.revoked)) == (False, False, 0)


def test_the_full_state_takes_the_place_of_what_was_there(feed):
    feed.take(News((ONE,), complete=True))
    feed.take(News((TWO,)))
    assert feed.revoked.meets(token("one"), "k")
    assert feed.revoked.meets(token("two"), "k")
    feed.take(News((TWO,), complete=True))
    assert not feed.revoked.meets(token("one"), "k")


def test_a_heartbeat_keeps_it_fresh(feed, clock):
    feed.take(News((ONE,), complete=True))
    clock.advance(29.0)
    assert feed.fresh
    feed.take(News())
    clock.advance(29.0)
    assert feed.fresh
    clock.advance(1.0)
    assert not feed.fresh
    assert feed.revoked.meets(token("one"), "k")


def test_where_staleness_is_allowed_what_was_heard_is_trusted_for_good(clock):
    feed = Feed(clock=clock, stale_after=30.0, when_stale="allow")
    assert not feed.fresh
    feed.take(News(complete=True))
    clock.advance(1e6)
    assert feed.fresh


async def test_the_turn_to_stale_and_back_is_told(feed, clock):
    feed.take(News(complete=True))
    stale = asyncio.create_task(feed.turned())
    assert await clock.pauses.get() == 30.0
    clock.advance(20.0)
    feed.take(News())
    clock.advance(10.0)
    assert await clock.pauses.get() == 20.0
    clock.advance(20.0)
    await stale
    fresh = asyncio.create_task(feed.turned())
    await asyncio.sleep(0)
    assert not fresh.done()
    feed.take(News())
    await fresh


def test_what_has_ended_is_forgotten_with_the_next_heartbeat(feed, clock):
    feed.take(News((ONE,), complete=True))
    clock.advance(660.0)
    feed.take(News())
    assert len(feed.revoked) == 0


def test_who_has_no_feed_is_never_stale(clock):
    feed = Unfed(clock)
    clock.advance(1e6)
    assert (feed.loaded, feed.fresh) == (True, True)
