from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from interceptors.hand import new_call

import trunkline
from trunkline.api.diagnostics.v1 import diagnostics_pb2 as pb
from trunkline.call import Side
from trunkline.config import Settings
from trunkline.diagnostics.answers import to_calls, to_trace
from trunkline.diagnostics.service import Diagnostics
from trunkline.errors import Code
from trunkline.telemetry.histogram import BOUNDS
from trunkline.telemetry.metrics import CallMetrics
from trunkline.telemetry.recorder import SpanRecorder
from trunkline.telemetry.spans import CallSpan
from trunkline.testing.clock import ManualClock

METHOD = "trunkline.api.testing.v1.EchoService/Echo"


@dataclass(frozen=True, slots=True)
class Row:
    component: str
    reachable: bool
    reason: str


@pytest.fixture
def metrics():
    metrics = CallMetrics()
    metrics.series(Side.CLIENT, METHOD).add(Code.UNAVAILABLE, 1.5, 3)
    metrics.series(Side.SERVER, METHOD).add(Code.OK, 0.0001, 1)
    return metrics


@pytest.fixture
def recorder():
    clock, recorder = ManualClock(1_000.0), SpanRecorder(8)
    call = new_call(Side.CLIENT)
    call.trace = f"00-{'a' * 32}-{'b' * 16}-01"
    span = CallSpan(call, "", "c" * 16, clock=clock, keep=recorder.record)
    clock.advance(1.5)
    call.code, call.attempt = Code.OK, 2
    span.finish(call)
    return recorder


@pytest.fixture
def diagnostics(metrics, recorder):
    return Diagnostics(
        component="accounts",
        instance_id="1f",
        started_at=7.5,
        services=lambda: ["a.B", "c.D"],
        dependencies=lambda: [Row("activity", False, "does not serve"), Row("progress", True, "")],
        settings=Settings(component="accounts", database="postgresql://user:hunter2@db/x").with_sources(
            {"database": "trunkline.yaml"}
        ),
        metrics=metrics,
        spans=recorder,
    )


async def test_an_instance_tells_who_it_is(diagnostics):
    told = await diagnostics.GetInstance(pb.GetInstanceRequest(), None)
    assert (told.component, told.instance_id, told.version) == ("accounts", "1f", trunkline.__version__)
    assert told.started_at.ToNanoseconds() == 7_500_000_000
    assert list(told.services) == ["a.B", "c.D"]
    assert [(one.component, one.reachable, one.reason) for one in told.dependencies] == [
        ("activity", False, "does not serve"),
        ("progress", True, ""),
    ]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 1_000_000 < told.resident_bytes < pages


async def test_settings_are_told_with_their_source_and_without_their_secrets(diagnostics):
    told = await diagnostics.GetSettings(pb.GetSettingsRequest(), None)
    rows = {one.key: (one.value, one.source) for one in told.settings}
    assert rows["database"] == ("***", "trunkline.yaml")
    assert rows["component"] == ("accounts", "default")
    assert "hunter2" not in str(told)


async def test_calls_are_told_by_side_method_and_outcome(diagnostics, metrics):
    told = await diagnostics.GetCalls(pb.GetCallsRequest(), None)
    assert told == to_calls(metrics, instance_id="1f")
    made, served = told.calls
    assert (made.side, made.method, made.code) == (pb.SIDE_CLIENT, METHOD, "UNAVAILABLE")
    assert (made.count, made.retries, made.total.ToNanoseconds()) == (1, 2, 1_500_000_000)
    assert (served.side, served.code, served.buckets[0]) == (pb.SIDE_SERVER, "OK", 1)
    assert list(told.bounds) == list(BOUNDS)
    assert {len(one.buckets) for one in told.calls} == {len(BOUNDS) + 1}


async def test_a_trace_is_told_span_by_span(diagnostics, recorder):
    told = await diagnostics.GetTrace(pb.GetTraceRequest(trace_id="a" * 32), None)
    assert told == to_trace(recorder.spans_of("a" * 32), component="accounts")
    (span,) = told.spans
    assert (span.trace_id, span.span_id, span.parent_span_id) == ("a" * 32, "b" * 16, "c" * 16)
    assert (span.name, span.component, span.side) == (METHOD, "accounts", pb.SIDE_CLIENT)
    assert span.started_at.ToNanoseconds() == 1_000_000_000_000
    assert span.duration.ToNanoseconds() == 1_500_000_000
    assert span.attributes["trunkline.attempts"] == "2"


async def test_an_unknown_trace_is_empty(diagnostics):
    assert not (await diagnostics.GetTrace(pb.GetTraceRequest(trace_id="f" * 32), None)).spans
