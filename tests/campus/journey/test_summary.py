from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from campus.journey.calls import MethodCalls
from campus.journey.summary import Summary
from campus.journey.totals import Totals

CALLS = {
    "campus.api.activity.v1.ActivityService/Submit": MethodCalls(100, 2, 3, 1.5, 4.0, 9.25),
    "campus.api.progress.v1.ProgressService/RecordCompletion": MethodCalls(100, 0, 0, 0.5, 1.0, 2.0),
}
TOTALS = {"AAA/2013J": Totals(3, 0, 1, 2, 4, 3, Decimal("87.25"))}
SUMMARY = Summary(
    rows={"courses": 1}, calls=CALLS, seconds=0.8, resent=2, totals=TOTALS, expected=TOTALS, disagreements=()
)


def test_the_json_has_the_names_of_its_contract(tmp_path):
    path = tmp_path / "summary.json"
    SUMMARY.write(path)
    figures = {
        "learners": 3,
        "sessions_active": 0,
        "sessions_paused": 1,
        "sessions_completed": 2,
        "submissions": 4,
        "scored": 3,
        "weighted_sum": 87.25,
    }
    assert json.loads(path.read_text()) == {
        "rows": {"courses": 1},
        "calls": {
            "campus.api.activity.v1.ActivityService/Submit": {
                "count": 100,
                "failed": 2,
                "retried": 3,
                "p50_ms": 1.5,
                "p95_ms": 4.0,
                "p99_ms": 9.25,
            },
            "campus.api.progress.v1.ProgressService/RecordCompletion": {
                "count": 100,
                "failed": 0,
                "retried": 0,
                "p50_ms": 0.5,
                "p95_ms": 1.0,
                "p99_ms": 2.0,
            },
        },
        "calls_per_second": 250.0,
        "totals": {"AAA/2013J": figures},
        "expected": {"AAA/2013J": figures},
        "equal": True,
        "refused": "",
    }


def test_one_cent_of_difference_is_not_equal():
    other = {"AAA/2013J": replace(TOTALS["AAA/2013J"], weighted_sum=Decimal("87.26"))}
    summary = replace(SUMMARY, expected=other)
    assert not summary.equal
    assert summary.wrong == ["AAA/2013J: weighted_sum is 87.25, expected 87.26"]


def test_components_that_disagree_are_not_equal_whatever_the_totals():
    assert not replace(SUMMARY, disagreements=["they disagree"]).equal
