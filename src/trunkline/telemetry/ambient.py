"""The span that surrounds the running code, shared with whatever else speaks OpenTelemetry in this process."""

from __future__ import annotations

from opentelemetry.context import Context, attach, create_key, get_current, set_value
from opentelemetry.trace import Span, get_current_span, set_span_in_context

from trunkline.telemetry.propagation import FLAGS
from trunkline.telemetry.spans import CallSpan, UnsampledSpan

_BAGGAGE = create_key("trunkline-baggage")
_EMPTY = Context()


def enter(span: Span, baggage: str) -> None:
    """Make `span` the parent of all that this task does from now on. Never undone: each call has a task of its own."""
    attach(set_span_in_context(span, set_value(_BAGGAGE, baggage, _EMPTY) if baggage else _EMPTY))


def surrounding() -> tuple[str, str, str]:
    """Return traceparent, tracestate and baggage that surround the running code; empty where there are none."""
    context = get_current()
    if not context:
        return "", "", ""
    baggage = str(context.get(_BAGGAGE, ""))
    span = get_current_span(context)
    if isinstance(span, CallSpan | UnsampledSpan):
        return span.traceparent, span.tracestate, baggage
    foreign = span.get_span_context()
    if not foreign.is_valid:
        return "", "", baggage
    traceparent = f"00-{foreign.trace_id:032x}-{foreign.span_id:016x}-{foreign.trace_flags & FLAGS:02x}"
    return traceparent, foreign.trace_state.to_header(), baggage
