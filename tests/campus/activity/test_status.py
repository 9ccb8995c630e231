from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from campus.activity.model import FinalResult, Session, Status
from campus.activity.status import complete, pause
from trunkline import FailedPrecondition

ACTIVE = Session("s", "u", "AAA", "2013J", Status.ACTIVE, None, 1, 1)
PAUSED = replace(ACTIVE, status=Status.PAUSED)
PASSED = replace(ACTIVE, status=Status.COMPLETED, final_result=FinalResult.PASS)
FAILED = replace(ACTIVE, status=Status.COMPLETED, final_result=FinalResult.FAIL)

to_pass = partial(complete, final_result=FinalResult.PASS)
to_fail = partial(complete, final_result=FinalResult.FAIL)


@pytest.mark.parametrize(
    ("before", "rule", "after"),
    [
        (ACTIVE, pause, PAUSED),
        (ACTIVE, to_pass, PASSED),
        (ACTIVE, to_fail, FAILED),
        (PAUSED, pause, PAUSED),
        (PAUSED, to_pass, PASSED),
        (PAUSED, to_fail, FAILED),
        (PASSED, to_pass, PASSED),
        (FAILED, to_fail, FAILED),
    ],
)
def test_a_session_moves_forward_and_a_repetition_leaves_it_as_it_is(before, rule, after):
    assert rule(before) == after
    assert rule(after) == after


@pytest.mark.parametrize(("before", "rule"), [(PASSED, pause), (FAILED, pause), (PASSED, to_fail), (FAILED, to_pass)])
def test_a_completed_session_never_opens_again(before, rule):
    with pytest.raises(FailedPrecondition) as refused:
        rule(before)
    assert refused.value.reason == "SESSION_COMPLETED"
    assert before.final_result.value in refused.value.message
