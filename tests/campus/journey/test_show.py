from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from campus.journey.calls import MethodCalls
from campus.journey.show import show
from campus.journey.summary import Summary
from campus.journey.totals import Totals

TOTALS = {"AAA/2013J": Totals(1234, 0, 1, 1233, 4, 3, Decimal("87654.25"))}
SUMMARY = Summary(
    rows={"courses": 1, "studentAssessment": 1234},
    calls={"campus.api.activity.v1.ActivityService/Submit": MethodCalls(5678, 2, 3, 1.5, 4.0, 9.25)},
    seconds=2.0,
    resent=2,
    totals=TOTALS,
    expected=TOTALS,
)


@pytest.fixture
def shown():
    def shown(summary, width=110):
        console = Console(width=width, file=StringIO(), color_system=None)
        show(console, summary, [])
        return console.file.getvalue()

    return shown


def test_every_figure_is_there(shown):
    text = shown(SUMMARY)
    assert "studentAssessment 1,234" in text
    assert "ActivityService/Submit   5,678        2         3      1.5      4.0      9.2" in text
    assert "5,678 calls in 2.0 s: 2,839 calls per second; 2 sent again by the journey" in text
    assert text.count("87,654.25") == 2
    assert "no submission was sampled" in text
    assert "✓ equal" in text


def test_what_differs_is_named(shown):
    other = {"AAA/2013J": replace(TOTALS["AAA/2013J"], scored=2)}
    text = shown(replace(SUMMARY, expected=other))
    assert "✗ 1 figure is not equal" in text
    assert "AAA/2013J: scored is 3, expected 2" in text


@pytest.mark.parametrize("width", [50, 60, 79])
def test_no_figure_is_lost_where_the_terminal_is_narrower_still(shown, width):
    text = shown(SUMMARY, width=width)
    assert "…" not in text
    for figure in ("5,678", "1.5", "4.0", "9.2", "1,234", "1,233"):
        assert figure in text.split()
    assert text.split().count("87,654.25") == 2
    assert max(map(len, text.splitlines())) <= width


def test_nothing_is_cut_off_on_a_narrow_terminal(shown):
    assert "…" not in shown(SUMMARY, width=80)
