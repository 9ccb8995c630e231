from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def figures(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("frame.figures")


def test_a_ratio_is_the_median_of_the_ratios_of_each_round(figures):
    # A round in which the machine was slow for both says as much as any other.
    ratio = figures.paired([120.0, 1200.0, 130.0], [100.0, 1000.0, 100.0])

    assert ratio.value == pytest.approx(1.2)
    assert ratio.error > 0


def test_one_round_has_a_ratio_and_no_spread(figures):
    assert str(figures.paired([3.0], [2.0])) == "1.50 ±0.00"


def test_series_of_different_length_are_not_compared(figures):
    with pytest.raises(ValueError, match="longer"):
        figures.paired([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("share", "expected"), [(0.5, 5.0), (0.99, 10.0), (0.1, 1.0), (0.0, 1.0)])
def test_a_percentile_is_one_of_the_samples(figures, share, expected):
    assert figures.percentile([10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], share) == expected
