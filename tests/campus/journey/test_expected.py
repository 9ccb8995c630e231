from __future__ import annotations

from decimal import Decimal

import pytest

from campus.journey.expected import expected, status
from campus.journey.read import read
from campus.journey.rows import Presentation, Registration, Result
from campus.journey.totals import Totals


def test_the_totals_of_a_small_data_set_are_those_counted_by_hand(folder):
    data, _ = read(folder)
    # AAA: 77 x 12.5 % + 80 x 87.5 % + 61 x 12.5 % = 9.625 + 70 + 7.625
    assert expected(data) == {
        "AAA/2013J": Totals(
            learners=3,
            sessions_paused=1,
            sessions_completed=2,
            submissions=4,
            scored=3,
            weighted_sum=Decimal("87.25"),
        ),
        "BBB/2014B": Totals(learners=1, sessions_active=1, submissions=1, scored=1, weighted_sum=Decimal("100.00")),
    }


@pytest.mark.parametrize(
    ("result", "unregistered", "wanted"),
    [
        (Result.PASS, False, "completed"),
        (Result.DISTINCTION, False, "completed"),
        (Result.FAIL, False, "completed"),
        (Result.FAIL, True, "completed"),
        (Result.WITHDRAWN, True, "paused"),
        (Result.WITHDRAWN, False, "paused"),
        (None, True, "paused"),
        (None, False, "active"),
    ],
)
def test_a_final_result_is_the_last_word_and_a_withdrawal_the_next(result, unregistered, wanted):
    assert status(Registration(1, Presentation("A", "1"), unregistered, result)) == wanted
