from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.telemetry.histogram import BOUNDS, SEMCONV, Histogram, quantile

DURATIONS = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=200)


def test_bounds_ascend_from_a_tenth_of_a_millisecond_to_a_minute():
    assert (BOUNDS[0], BOUNDS[-1]) == (0.0001, 60.0)
    assert all(low < high <= low * 1.35 for low, high in pairwise(BOUNDS))
    assert 55 <= len(BOUNDS) <= 65


def test_every_bound_of_the_semantic_conventions_is_among_ours():
    assert set(SEMCONV) <= set(BOUNDS)


@given(DURATIONS)
def test_each_bucket_holds_exactly_what_lies_in_it(durations):
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)
    for index, bound in enumerate(BOUNDS):
        assert sum(histogram.buckets[: index + 1]) == sum(duration <= bound for duration in durations)
    assert histogram.count == len(durations)
    assert histogram.total == pytest.approx(sum(durations))


@given(DURATIONS, st.floats(0.01, 1.0))
def test_a_quantile_lies_in_the_bucket_of_the_exact_one(durations, share):
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)
    rank = max(1, next(n for n in range(len(durations) + 1) if n >= share * len(durations)))
    index = bisect_left(BOUNDS, sorted(durations)[rank - 1])
    estimate = quantile(histogram.buckets, share)
    if index == len(BOUNDS):
        assert estimate == BOUNDS[-1]
    else:
        assert (BOUNDS[index - 1] if index else 0.0) <= estimate <= BOUNDS[index]


def test_no_durations_have_the_quantile_zero():
    assert quantile(Histogram().buckets, 0.5) == 0.0
