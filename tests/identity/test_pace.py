from __future__ import annotations

import pytest

from trunkline.clock import SystemClock
from trunkline.errors import ResourceExhausted
from trunkline.identity import pace as module
from trunkline.identity.pace import Pace


@pytest.fixture
def pace() -> Pace:
    return Pace("3/day", clock=SystemClock())


def refusals(pace: Pace, peer: str, asked: int) -> int:
    before = pace.refused
    for _ in range(asked):
        try:
            pace.check(peer)
        except ResourceExhausted:
            continue
    return pace.refused - before


def test_one_peer_may_ask_so_often_and_no_more(pace):
    assert refusals(pace, "a", 3) == 0
    assert refusals(pace, "a", 2) == 2


def test_one_peer_does_not_use_up_what_others_may(pace):
    assert refusals(pace, "a", 10) == 7
    assert refusals(pace, "b", 3) == 0


def test_a_refusal_says_how_long_to_wait_and_that_nothing_was_done(pace):
    refusals(pace, "a", 3)
    with pytest.raises(ResourceExhausted, match="TOO_MANY_REQUESTS") as refusal:
        pace.check("a")
    assert 0 < refusal.value.retry_after <= 86_400
    assert refusal.value.refused


def test_a_flood_of_peers_is_counted_as_one_and_costs_no_memory(pace, monkeypatch):
    monkeypatch.setattr(module, "MOST", 5)
    assert refusals(pace, "known", 1) == 0
    assert sum(refusals(pace, f"peer{number}", 1) for number in range(100)) == 100 - 4 - 3
    assert len(pace._storage.storage) <= 6
    assert refusals(pace, "known", 3) == 1
