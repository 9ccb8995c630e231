from __future__ import annotations

import pytest

from campus.journey.calls import merge, quantile
from trunkline.api.diagnostics.v1.diagnostics_pb2 import SIDE_CLIENT, SIDE_SERVER, CallStats, GetCallsResponse

BOUNDS = [0.01, 0.1, 1.0]
SUBMIT = "campus.api.activity.v1.ActivityService/Submit"


def row(buckets, *, method=SUBMIT, side=SIDE_CLIENT, code="OK", retries=0):
    return CallStats(side=side, method=method, code=code, count=sum(buckets), retries=retries, buckets=buckets)


def snapshot(*rows, bounds=BOUNDS):
    return GetCallsResponse(calls=rows, bounds=bounds)


@pytest.mark.parametrize(
    ("share", "buckets", "wanted"),
    [
        (0.5, [100, 0, 0, 0], 0.005),
        (0.99, [100, 0, 0, 0], 0.0099),
        (0.5, [0, 100, 0, 0], 0.055),
        (0.5, [50, 50, 0, 0], 0.01),
        (0.75, [50, 50, 0, 0], 0.055),
        (1.0, [1, 1, 1, 0], 1.0),
        (0.99, [0, 0, 0, 5], 1.0),
        (0.99, [98, 0, 0, 2], 1.0),
        (0.5, [0, 0, 0, 0], 0.0),
    ],
)
def test_a_quantile_lies_evenly_within_its_bucket(share, buckets, wanted):
    assert quantile(share, buckets, BOUNDS) == pytest.approx(wanted)


def test_calls_of_one_method_are_added_over_processes_and_outcomes():
    merged = merge(
        [
            snapshot(row([50, 0, 0, 0]), row([0, 2, 0, 0], code="UNAVAILABLE", retries=3)),
            snapshot(row([48, 0, 0, 0], retries=1)),
        ]
    )
    calls = merged[SUBMIT]
    assert (calls.count, calls.failed, calls.retried) == (100, 2, 4)
    assert calls.p50_ms == pytest.approx(5.102)
    assert calls.p99_ms == pytest.approx(55.0)


def test_only_the_callers_side_counts_and_the_meshs_own_calls_do_not():
    merged = merge(
        [
            snapshot(
                row([1, 0, 0, 0], side=SIDE_SERVER),
                row([1, 0, 0, 0], method="trunkline.api.diagnostics.v1.DiagnosticsService/GetCalls"),
                row([1, 0, 0, 0], method="grpc.health.v1.Health/Check"),
            )
        ]
    )
    assert merged == {}


def test_methods_come_in_their_order():
    assert list(merge([snapshot(row([1, 0, 0, 0], method="b.S/M"), row([1, 0, 0, 0], method="a.S/M"))])) == [
        "a.S/M",
        "b.S/M",
    ]


def test_different_buckets_are_not_added():
    with pytest.raises(ValueError, match="different buckets"):
        merge([snapshot(row([1, 0, 0, 0])), snapshot(row([1, 0]), bounds=[0.5])])
