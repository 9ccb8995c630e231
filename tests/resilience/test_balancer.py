from __future__ import annotations

from collections import Counter

from trunkline.resilience.balancer import Rotation


def test_every_endpoint_takes_its_turn():
    rotation: Rotation[str] = Rotation()
    picked = Counter(rotation.pick(["a", "b", "c"], (), 0.0) for _ in range(300))
    assert picked == {"a": 100, "b": 100, "c": 100}


def test_what_was_tried_already_is_passed_over():
    rotation: Rotation[str] = Rotation()
    assert {rotation.pick(["a", "b"], ["a"], 0.0) for _ in range(10)} == {"b"}


def test_what_was_away_comes_back_after_its_pause():
    rotation: Rotation[str] = Rotation(pause=1.0)
    rotation.away("a", 0.0)
    assert {rotation.pick(["a", "b"], (), 0.5) for _ in range(10)} == {"b"}
    assert {rotation.pick(["a", "b"], (), 1.5) for _ in range(10)} == {"a", "b"}


def test_an_endpoint_that_was_away_is_better_than_none():
    rotation: Rotation[str] = Rotation()
    rotation.away("a", 0.0)
    rotation.away("b", 0.0)
    assert rotation.pick(["a", "b"], ["a"], 0.5) == "b"
    assert rotation.pick(["a", "b"], ["a", "b"], 0.5) in {"a", "b"}
    assert rotation.pick(["a"], ["a"], 0.5) == "a"


def test_a_second_attempt_does_not_turn_the_wheel():
    rotation: Rotation[str] = Rotation()
    first = []
    for _ in range(20):
        first.append(rotation.pick(["a", "b"], (), 0.0))
        rotation.pick(["a", "b"], [first[-1]], 0.0)
    assert Counter(first) == {"a": 10, "b": 10}
