from __future__ import annotations

import pytest

from trunkline.resilience.rate import Rate
from trunkline.testing import ManualClock


@pytest.fixture
def clock():
    return ManualClock(1000.0)


def test_what_is_allowed_in_a_window_is_within_the_rate(clock):
    rate = Rate("3/minute", clock=clock)
    assert [rate.spend("a").beyond for _ in range(5)] == [0, 0, 0, 1, 2]
    assert rate.amount == 3


def test_whoever_is_beyond_is_told_how_long_the_window_lasts(clock):
    rate = Rate("1/minute", clock=clock)
    rate.spend("a")
    clock.advance(20)
    assert rate.spend("a").left == 40


def test_a_new_window_begins_when_the_old_one_has_ended(clock):
    rate = Rate("1/minute", clock=clock)
    rate.spend("a")
    rate.spend("a")
    clock.advance(60)
    assert [rate.spend("a").beyond for _ in range(2)] == [0, 1]


def test_one_peer_does_not_spend_for_another(clock):
    rate = Rate("1/minute", clock=clock)
    rate.spend("a")
    assert rate.spend("b").beyond == 0


def test_a_bounded_number_of_peers_is_remembered(clock):
    rate = Rate("1/minute", clock=clock, peers=2)
    for peer in ("a", "b", "c"):
        rate.spend(peer)
    assert [rate.spend(peer).beyond for peer in ("b", "c", "a")] == [1, 1, 0]


def test_what_is_no_rate_is_refused(clock):
    with pytest.raises(ValueError):
        Rate("often", clock=clock)
