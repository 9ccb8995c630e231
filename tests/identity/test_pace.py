from __future__ import annotations

import pytest

from trunkline.errors import ResourceExhausted
from trunkline.identity.pace import Pace


@pytest.fixture
def pace(clock) -> Pace:
    return Pace("3/minute", clock=clock)


def ask(pace: Pace, peer: str, times: int) -> int:
    """Ask so often; return how often it was refused."""
    before = pace.refused
    for _ in range(times):
        try:
            pace.check(peer)
        except ResourceExhausted:
            continue
    return pace.refused - before


def test_one_peer_may_ask_so_often_in_a_window_and_no_more(pace, clock):
    assert ask(pace, "a", 5) == 2
    clock.advance(60)
    assert ask(pace, "a", 5) == 2


def test_one_peer_does_not_use_up_what_others_may(pace):
    assert ask(pace, "a", 10) == 7
    assert ask(pace, "b", 3) == 0


def test_a_refusal_says_how_long_to_wait_and_that_nothing_was_done(pace, clock):
    ask(pace, "a", 3)
    clock.advance(20)
    with pytest.raises(ResourceExhausted, match="TOO_MANY_REQUESTS") as refusal:
        pace.check("a")
    assert refusal.value.retry_after == 40
    assert refusal.value.refused
