from __future__ import annotations

import asyncio
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from campus.progress.model import Completion, Result, Totals, hundredths, weighted_score
from campus.progress.store import Results
from campus.progress.table import completions as table


def completion(number: int, *, user: int = 1, score: float | None = 70.0, weight: float = 10.0, module: str = "AAA"):
    return Completion(
        submission_id=f"00000000-0000-4000-8000-{number:012}",
        user_id=f"00000000-0000-4000-9000-{user:012}",
        code_module=module,
        code_presentation="2013J",
        assessment_id="1752",
        weight=hundredths(weight),
        score=None if score is None else hundredths(score),
    )


def test_a_row_has_the_fields_of_a_completion_in_their_order():
    assert [column.name for column in table.columns] == [field.name for field in fields(Completion)]


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=50))
def test_a_sum_is_right_to_two_decimals_whatever_its_parts(parts):
    exact = sum((Decimal(score) / 100 * Decimal(weight) / 100 / 100 for score, weight in parts), Decimal(0))
    computed = weighted_score(sum(score * weight for score, weight in parts))
    assert abs(Fraction(computed) - Fraction(exact)) < Fraction(1, 10**6)


async def test_a_completion_counts_once_however_often_it_is_recorded(results):
    kept = await asyncio.gather(*[results.record(completion(1)) for _ in range(30)])
    assert sum(one.created for one in kept) == 1
    assert not (await results.record(completion(1))).created
    assert await results.totals() == [Totals("AAA", "2013J", 1, 1, 1, 7000 * 1000)]


async def test_other_content_leaves_the_first_standing(results):
    await results.record(completion(1))
    kept = await results.record(completion(1, score=80))
    assert (kept.created, kept.record) == (False, completion(1))


async def test_a_result_sums_what_has_a_score_and_counts_all(results):
    given = [
        completion(1, score=70, weight=12.5),
        completion(2, score=None, weight=50),
        completion(3, score=33.33, weight=7.77),
    ]
    await asyncio.gather(*[results.record(one) for one in [*given, completion(4, user=2), completion(5, module="BBB")]])
    result = await results.of(given[0].user_id, "AAA", "2013J")
    assert result == Result(submissions=3, scored=2, weighted=7000 * 1250 + 3333 * 777)
    assert round(result.weighted_score, 2) == 11.34


async def test_work_without_any_score_is_a_result_of_nothing(results):
    await results.record(completion(1, score=None))
    assert await results.of(completion(1).user_id, "AAA", "2013J") == Result(1, 0, 0)
    assert await results.totals() == [Totals("AAA", "2013J", 1, 1, 0, 0)]


async def test_who_handed_in_nothing_has_no_result(results):
    assert await results.of(completion(1).user_id, "AAA", "2013J") is None
    assert await results.totals() == []


async def test_totals_count_different_learners_in_the_order_of_presentations(results):
    rows = [
        completion(number, user=number % 3, module=module)
        for number, module in enumerate(["b", "B", "a", "a", "a", "a"])
    ]
    await asyncio.gather(*[results.record(row) for row in rows])
    totals = await results.totals()
    assert [(row.code_module, row.learners, row.submissions) for row in totals] == [
        ("B", 1, 1),
        ("a", 3, 4),
        ("b", 1, 1),
    ]


async def test_everything_is_there_after_opening_again(url):
    async with Results.open(url) as results:
        await asyncio.gather(*[results.record(completion(number, user=number)) for number in range(500)])
    async with Results.open(url) as results:
        assert await results.totals() == [Totals("AAA", "2013J", 500, 500, 500, 500 * 7000 * 1000)]
