from __future__ import annotations

from decimal import Decimal

from campus.api.activity.v1.activity_pb2 import ActivityTotals, Presentation
from campus.api.progress.v1.progress_pb2 import ProgressTotals
from campus.journey.reported import together
from campus.journey.totals import Totals

AAA = Presentation(code_module="AAA", code_presentation="2013J")


def progress(**counts):
    return ProgressTotals(code_module="AAA", code_presentation="2013J", **counts)


def test_sessions_come_from_activity_and_scores_from_progress():
    totals, disagreements = together(
        [ActivityTotals(presentation=AAA, learners=3, sessions_active=1, sessions_paused=2, submissions=4)],
        [progress(learners=2, submissions=4, scored=3, weighted_sum=9.625)],
    )
    assert disagreements == []
    assert totals == {
        "AAA/2013J": Totals(
            learners=3,
            sessions_active=1,
            sessions_paused=2,
            submissions=4,
            scored=3,
            weighted_sum=Decimal("9.63"),
        )
    }


def test_a_presentation_without_submissions_has_no_scores():
    totals, disagreements = together([ActivityTotals(presentation=AAA, learners=1, sessions_active=1)], [])
    assert disagreements == []
    assert totals == {"AAA/2013J": Totals(learners=1, sessions_active=1)}


def test_a_submission_that_progress_has_not_recorded_is_told():
    _, disagreements = together([ActivityTotals(presentation=AAA, submissions=4)], [progress(submissions=3)])
    assert disagreements == ["AAA/2013J: activity has taken in 4 submissions, progress recorded 3"]
