from __future__ import annotations

from decimal import Decimal

import pytest

from campus.journey.cells import Cells, Problem


@pytest.mark.parametrize("text", ["0", "100", "77", "77.0", "12.5"])
def test_a_number_within_its_limits_is_read_exactly(text):
    assert Cells({"score": text}).number("score", low=0, high=100) == Decimal(text)


@pytest.mark.parametrize("text", ["abc", "-1", "101", "100.0001", "nan", "inf", "1e1", "٣", "1_0", "+5", ".5", "5."])
def test_what_is_no_number_within_its_limits_is_a_problem_of_its_column(text):
    with pytest.raises(Problem) as caught:
        Cells({"score": text}).number("score", low=0, high=100)
    assert str(caught.value) == f"score: {text!r} is no number from 0 to 100"


@pytest.mark.parametrize(("text", "number"), [("-159", -159), ("12.0", 12), ("007", 7)])
def test_a_whole_number_is_read_even_where_a_program_wrote_it_as_a_decimal(text, number):
    assert Cells({"day": text}).whole("day", low=-200, high=200) == number


@pytest.mark.parametrize("text", ["1.5", "201", "9" * 5000, "1e1"])
def test_what_is_no_whole_number_is_a_problem(text):
    with pytest.raises(Problem, match="no whole number from -200 to 200"):
        Cells({"day": text}).whole("day", low=-200, high=200)


@pytest.mark.parametrize("text", ["", "?"])
def test_a_missing_value_that_is_needed_is_called_missing(text):
    with pytest.raises(Problem, match=r"^day: is missing$"):
        Cells({"day": text}).whole("day", low=0, high=1)


@pytest.mark.parametrize("text", ["", "?"])
def test_a_missing_value_that_may_be_missing_is_none(text):
    assert Cells({"score": text}).maybe("score", lambda: 1) is None


@pytest.mark.parametrize("text", ["A" * 33, "A/B", "A B", "Ä"])
def test_a_name_has_few_letters_and_no_slash(text):
    with pytest.raises(Problem, match="no name"):
        Cells({"code_module": text}).name("code_module")


def test_a_long_value_is_cut_short_in_the_problem():
    with pytest.raises(Problem) as caught:
        Cells({"score": "x" * 10_000}).number("score", low=0, high=100)
    assert len(str(caught.value)) < 100


def test_a_word_that_is_no_choice_is_told_with_the_choices():
    with pytest.raises(Problem, match=r"^end: 'Passed' is none of Pass, Fail$"):
        Cells({"end": "Passed"}).choice("end", {"Pass": 1, "Fail": 0})
