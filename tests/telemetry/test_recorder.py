from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from interceptors.hand import new_call

from trunkline.telemetry.recorder import SpanRecorder
from trunkline.telemetry.spans import CallSpan
from trunkline.testing.clock import ManualClock

CLOCK = ManualClock()


def new_span(trace="a", *, span="1", parent="", started=0):
    call = new_call()
    call.trace = f"00-{trace * 32}-{span * 16}-01"
    made = CallSpan(call, "", parent, clock=CLOCK, keep=lambda span: None)
    made.started = started
    return made


@given(remember=st.integers(0, 20), count=st.integers(0, 60))
def test_it_keeps_the_last_and_counts_the_forgotten(remember, count):
    recorder = SpanRecorder(remember)
    spans = [new_span() for _ in range(count)]
    for span in spans:
        recorder.record(span)
    kept = spans[max(0, count - remember) :]
    assert recorder.spans_of("a" * 32) == kept
    assert recorder.forgotten == count - len(kept)


def test_the_spans_of_a_trace_come_in_the_order_they_started():
    recorder = SpanRecorder(10)
    inner, other, outer = new_span(started=2, parent="9"), new_span("b"), new_span(started=1)
    for span in (inner, other, outer):
        recorder.record(span)
    assert recorder.spans_of("a" * 32) == [outer, inner]
    assert recorder.spans_of("c" * 32) == []


def test_roots_come_newest_first():
    recorder = SpanRecorder(10)
    roots = [new_span(trace) for trace in "abc"]
    for span in (roots[0], new_span(parent="9"), *roots[1:]):
        recorder.record(span)
    assert recorder.recent_roots(2) == [roots[2], roots[1]]


def test_every_span_is_handed_on():
    handed = []
    recorder = SpanRecorder(0, export=handed.append)
    span = new_span()
    recorder.record(span)
    assert handed == [span]
