"""One span a call on each side, joined by W3C trace context. Decided first: an unrecorded call costs two strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.call import serving
from trunkline.runtime.chain import Interceptor
from trunkline.telemetry.ambient import enter, surrounding
from trunkline.telemetry.propagation import (
    BAGGAGE,
    CORRELATION,
    HEADERS,
    TRACEPARENT,
    TRACESTATE,
    received,
    received_by,
)
from trunkline.telemetry.sampling import is_sampled
from trunkline.telemetry.spans import CallSpan, UnsampledSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.call import Call, Method, Side
    from trunkline.clock import Clock
    from trunkline.telemetry.recorder import SpanRecorder
    from trunkline.telemetry.sampling import Sampler


class ServerTracing(Interceptor):
    """Gives a call its span, child of the caller's, and its correlation id. Stands outermost.

    Headers that break W3C's rules count as absent. The span is OpenTelemetry's current one while the handler runs.
    A caller that nobody knows may name a trace but not have it recorded: what it says of that is believed only once
    the call has a principal, and never where the method is public.
    """

    def __init__(self, sampler: Sampler, recorder: SpanRecorder, clock: Clock) -> None:
        self._sampler = sampler
        self._recorder = recorder
        self._record = recorder.record
        self._clock = clock
        self._child = sampler.child
        self._root = sampler.root
        self._draw = sampler.draw

    def bind(self, method: Method, side: Side) -> Interceptor:  # noqa: ARG002 - part of the interface
        """Settle whether the callers of `method` can be known."""
        access = method.policy.access
        public = access is not None and access.public
        return _PublicTracing(self._sampler, self._recorder, self._clock) if public else self

    def around(self, call: Call) -> Iterator[None]:
        """Name the span before anything else looks at the call; record it when the call has ended."""
        parent, state, baggage, correlation = received_by(call)
        call.trace = trace = self._child(parent) if parent else self._root()
        call.correlation_id = correlation or trace[3:35]
        if not is_sampled(trace):
            enter(UnsampledSpan(trace, state), baggage)
            yield
            return
        span = CallSpan(call, state, parent[36:52], clock=self._clock, keep=self._record)
        enter(span, baggage)
        try:
            yield
        finally:
            if call.principal is not None or not parent or self._draw():
                span.finish(call)


class _PublicTracing(ServerTracing):
    """Anybody may call, so this process alone decides what is recorded."""

    def __init__(self, sampler: Sampler, recorder: SpanRecorder, clock: Clock) -> None:
        super().__init__(sampler, recorder, clock)
        self._child = sampler.guest
        self._draw = _decided


def _decided() -> bool:
    return True


class ClientTracing(Interceptor):
    """Gives an outgoing call its span and the headers that tell the callee of it.

    The parent is what the caller put into the metadata itself, else OpenTelemetry's current span, else the call being
    served. One span covers all attempts.
    """

    def __init__(self, sampler: Sampler, recorder: SpanRecorder, clock: Clock) -> None:
        self._sampler = sampler
        self._record = recorder.record
        self._clock = clock

    def around(self, call: Call) -> Iterator[None]:
        """Name the span and add the headers before anything is sent; record the span when the call has ended."""
        given = call.metadata
        parent, state, baggage, correlation = received(given) if given else ("", "", "", "")
        served = serving.get()
        if not parent:
            parent, state, surrounds = surrounding()
            baggage = baggage or surrounds
            if not parent and served is not None:
                parent = served.trace
        call.trace = trace = self._sampler.child(parent) if parent else self._sampler.root()
        call.correlation_id = correlation or (served.correlation_id if served is not None else "") or trace[3:35]
        call.metadata = [pair for pair in given if pair[0] not in HEADERS] if given else []
        call.metadata += _headers(call, state, baggage)
        if not is_sampled(trace):
            yield
            return
        span = CallSpan(call, state, parent[36:52], clock=self._clock, keep=self._record)
        try:
            yield
        finally:
            span.finish(call)


def _headers(call: Call, state: str, baggage: str) -> list[tuple[str, str]]:
    headers = [(TRACEPARENT, call.trace)]
    if state:
        headers.append((TRACESTATE, state))
    if baggage:
        headers.append((BAGGAGE, baggage))
    # The callee takes the trace id where it is told nothing.
    if call.correlation_id != call.trace_id:
        headers.append((CORRELATION, call.correlation_id))
    return headers
