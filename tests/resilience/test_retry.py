from __future__ import annotations

import pytest

from trunkline.errors import Code
from trunkline.policy import RetryPolicy
from trunkline.resilience.retry import Failure, next_delay

POLICY = RetryPolicy(max_attempts=3, initial_backoff=0.1, max_backoff=1.0)


def delay(failure, policy=POLICY, *, attempt=1, attempts_left=None, time_left=10.0):
    return next_delay(
        failure, policy, attempt=attempt, attempts_left=attempts_left, time_left=time_left, random=lambda: 0.5
    )


def test_a_code_of_the_policy_is_tried_again_after_a_jittered_pause():
    assert delay(Failure(Code.UNAVAILABLE)) == pytest.approx(0.05)
    assert delay(Failure(Code.UNAVAILABLE), attempt=2) == pytest.approx(0.1)


def test_the_last_attempt_is_the_last():
    assert delay(Failure(Code.UNAVAILABLE), attempt=3) is None


def test_another_code_is_not_tried_again():
    assert delay(Failure(Code.INTERNAL)) is None


def test_without_a_policy_only_what_was_never_handled_is_sent_again():
    assert delay(Failure(Code.UNAVAILABLE), None) is None
    assert delay(Failure(Code.UNAVAILABLE, unsent=True), None) is not None
    assert delay(Failure(Code.UNAVAILABLE, unsent=True), None, attempt=5) is None


def test_a_server_that_asks_for_a_pause_gets_it():
    assert delay(Failure(Code.UNAVAILABLE, pushback=0.7)) == pytest.approx(0.7)


def test_a_server_that_asks_for_no_more_gets_no_more():
    assert delay(Failure(Code.UNAVAILABLE, pushback=-1.0)) is None
    assert delay(Failure(Code.UNAVAILABLE, unsent=True, pushback=-1.0)) is None


def test_no_pause_goes_beyond_the_deadline():
    assert delay(Failure(Code.UNAVAILABLE, pushback=0.7), time_left=0.5) is None


@pytest.mark.parametrize(("attempts_left", "expected"), [(0, 1), (1, 2), (2, 3), (9, 3), (None, 3)])
def test_a_call_makes_no_more_attempts_than_the_call_it_serves_has_left(attempts_left, expected):
    attempt = 1
    while delay(Failure(Code.UNAVAILABLE), attempt=attempt, attempts_left=attempts_left) is not None:
        attempt += 1
    assert attempt == expected
