from __future__ import annotations

from decimal import Decimal

import pytest

from campus.journey.totals import Totals, differences, rounded


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (Decimal("9.625"), "9.63"),
        (Decimal("9.6249"), "9.62"),
        (9.625, "9.63"),
        (0.1 + 0.2, "0.30"),
        # Doubles just below and just above what they stand for.
        (100.00499999999999, "100.01"),
        (1.005, "1.01"),
        (0.0, "0.00"),
    ],
)
def test_a_sum_is_rounded_as_if_it_were_exact(number, wanted):
    assert str(rounded(number)) == wanted


def test_what_is_the_same_has_no_differences():
    totals = {"A/1": Totals(learners=1, weighted_sum=Decimal("1.00"))}
    assert differences(totals, dict(totals)) == []


def test_each_figure_that_differs_has_a_line():
    assert differences(
        {"A/1": Totals(learners=1, weighted_sum=Decimal("1.00"))},
        {"A/1": Totals(learners=2000, weighted_sum=Decimal("1.01"))},
    ) == ["A/1: learners is 1, expected 2,000", "A/1: weighted_sum is 1.0, expected 1.01"]


def test_a_presentation_on_one_side_only_differs():
    assert differences({"A/1": Totals(learners=1)}, {"B/1": Totals(submissions=2)}) == [
        "A/1: learners is 1, expected 0",
        "B/1: submissions is 0, expected 2",
    ]
