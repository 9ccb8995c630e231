from __future__ import annotations

import pytest
from interceptors.hand import new_call
from opentelemetry.trace import SpanKind, Status, StatusCode

from trunkline.call import Side
from trunkline.errors import Code
from trunkline.telemetry.spans import MAX_ATTRIBUTES, MAX_EVENTS, CallSpan, UnsampledSpan
from trunkline.testing.clock import ManualClock

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


def new_span(side=Side.SERVER, *, kept=None, state="", parent=""):
    call = new_call(side)
    call.trace = TRACE
    keep = (kept if kept is not None else []).append
    return CallSpan(call, state, parent, clock=ManualClock(), keep=keep)


def test_identity_and_kind_are_opentelemetrys():
    span = new_span(Side.CLIENT, state="vendor=1")
    identity = span.get_span_context()
    assert (identity.trace_id, identity.span_id) == (int("a" * 32, 16), int("b" * 16, 16))
    assert identity.trace_flags.sampled
    assert identity.trace_state.to_header() == "vendor=1"
    assert span.kind is SpanKind.CLIENT


@pytest.mark.parametrize("side", list(Side))
def test_the_parent_of_a_server_span_is_in_another_process(side):
    assert new_span(side).parent is None
    parent = new_span(side, parent="c" * 16).parent
    assert parent.span_id == int("c" * 16, 16)
    assert parent.is_remote == (side is Side.SERVER)


def test_only_the_first_end_counts():
    kept = []
    span = new_span(kept=kept)
    assert span.is_recording()
    span.end(span.started + 5)
    span.end(span.started + 9)
    assert not span.is_recording()
    assert (kept, span.ended - span.started) == ([span], 5)


def test_nothing_is_added_after_the_end():
    span = new_span()
    span.end()
    span.set_attribute("rows", 1)
    span.add_event("read")
    span.add_link(new_span().get_span_context())
    span.update_name("other")
    span.set_status(StatusCode.ERROR)
    assert "rows" not in span.attributes
    assert (span.events, span.links) == (None, None)
    assert span.name == span.method
    assert span.status.status_code is StatusCode.UNSET


def test_what_users_add_is_bounded():
    span = new_span()
    for number in range(MAX_ATTRIBUTES + 5):
        span.set_attributes({f"key{number}": number})
        span.add_event(f"event{number}")
        span.add_link(new_span().get_span_context())
    assert len([key for key in span.attributes if key.startswith("key")]) == MAX_ATTRIBUTES
    assert len(span.events) == len(span.links) == MAX_EVENTS
    span.set_attribute("key0", "replaced")
    assert span.attributes["key0"] == "replaced"


def test_a_status_that_was_set_wins_over_the_code():
    span = new_span()
    span.code = Code.INTERNAL
    assert span.status.status_code is StatusCode.ERROR
    span.set_status(Status(StatusCode.OK))
    assert span.status.status_code is StatusCode.OK


def test_an_exception_becomes_an_event():
    span = new_span()
    span.record_exception(ValueError("no"), {"row": 3}, timestamp=7)
    ((name, facts, timestamp),) = span.events
    assert (name, timestamp, facts["exception.type"], facts["row"]) == ("exception", 7, "ValueError", 3)
    assert "ValueError: no" in facts["exception.stacktrace"]


def test_an_unsampled_span_records_nothing_and_has_an_identity():
    span = UnsampledSpan(TRACE[:-1] + "0", "")
    assert not span.is_recording()
    assert span.get_span_context().span_id == int("b" * 16, 16)
    assert not span.get_span_context().trace_flags.sampled
    assert TRACE[:-1] in repr(span)
