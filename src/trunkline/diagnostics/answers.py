"""Counts and spans in the form of the diagnostics contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from trunkline.api.diagnostics.v1 import diagnostics_pb2
from trunkline.call import Side
from trunkline.telemetry.histogram import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.telemetry.metrics import CallMetrics
    from trunkline.telemetry.spans import CallSpan
    from trunkline.telemetry.stats import CallStats

_SIDES = {Side.CLIENT: diagnostics_pb2.SIDE_CLIENT, Side.SERVER: diagnostics_pb2.SIDE_SERVER}


def to_calls(metrics: CallMetrics, *, instance_id: str) -> diagnostics_pb2.GetCallsResponse:
    """Return everything `metrics` has counted."""
    return diagnostics_pb2.GetCallsResponse(
        instance_id=instance_id, calls=[_stats(one) for one in metrics.snapshot()], bounds=BOUNDS
    )


def to_trace(spans: Iterable[CallSpan], *, component: str) -> diagnostics_pb2.GetTraceResponse:
    """Return `spans`, which `component` recorded, in their order."""
    return diagnostics_pb2.GetTraceResponse(spans=[_span(one, component) for one in spans])


def _stats(one: CallStats) -> diagnostics_pb2.CallStats:
    return diagnostics_pb2.CallStats(
        side=_SIDES[one.side],
        method=one.method,
        code=one.code.name,
        count=one.count,
        retries=one.retries,
        total=_duration(round(one.total * 1e9)),
        buckets=one.buckets,
    )


def _span(one: CallSpan, component: str) -> diagnostics_pb2.Span:
    started_at = Timestamp()
    started_at.FromNanoseconds(one.started)
    return diagnostics_pb2.Span(
        trace_id=one.trace_id,
        span_id=one.span_id,
        parent_span_id=one.parent_id,
        name=one.name,
        component=component,
        side=_SIDES[one.side],
        started_at=started_at,
        duration=_duration(one.ended - one.started),
        attributes={key: str(value) for key, value in one.attributes.items()},
    )


def _duration(nanoseconds: int) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(nanoseconds)
    return duration
