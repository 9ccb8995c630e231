"""The span of a call: lean while the call runs, complete when somebody reads it."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState

from trunkline.call import Side
from trunkline.errors import Code, MeshError
from trunkline.telemetry.hidden import without_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trunkline.call import Call
    from trunkline.clock import Clock

MAX_ATTRIBUTES = 128
MAX_EVENTS = 128

SERVER_FAULTS = frozenset(
    {Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.UNIMPLEMENTED, Code.INTERNAL, Code.UNAVAILABLE, Code.DATA_LOSS}
)
"""Codes that are the fault of whoever served the call. With any other the server did as it should."""


def span_context(traceparent: str, tracestate: str, *, remote: bool) -> SpanContext:
    """Return what OpenTelemetry calls the identity of a span."""
    return SpanContext(
        int(traceparent[3:35], 16),
        int(traceparent[36:52], 16),
        remote,
        TraceFlags(int(traceparent[53:55], 16)),
        TraceState.from_header([tracestate]) if tracestate else None,
    )


class UnsampledSpan(NonRecordingSpan):
    """The span of a call nobody records: two strings, read apart only when somebody asks."""

    __slots__ = ("traceparent", "tracestate")

    def __init__(self, traceparent: str, tracestate: str) -> None:
        self.traceparent = traceparent
        self.tracestate = tracestate

    def get_span_context(self) -> SpanContext:
        """Read the identity off the strings."""
        return span_context(self.traceparent, self.tracestate, remote=False)

    def __repr__(self) -> str:
        return f"UnsampledSpan({self.traceparent})"


class CallSpan(Span):
    """The recorded span of one call, which ends by `finish`.

    `parent_id` is empty at a root. Times are nanoseconds since the epoch; `ended` is 0 while the call runs. At its end
    the span goes to `keep`. Attributes, events and links that users add are bounded; what exceeds is left out.
    """

    __slots__ = (
        "_clock",
        "_extra",
        "_keep",
        "_status",
        "_ticks",
        "attempt",
        "caller",
        "code",
        "component",
        "correlation_id",
        "ended",
        "events",
        "links",
        "method",
        "name",
        "parent_id",
        "peer",
        "reason",
        "side",
        "started",
        "traceparent",
        "tracestate",
    )

    def __init__(
        self, call: Call, tracestate: str, parent_id: str, *, clock: Clock, keep: Callable[[CallSpan], None]
    ) -> None:
        self.traceparent = call.trace
        self.tracestate = tracestate
        self.parent_id = parent_id
        self.name = self.method = call.method.full_name
        self.side = call.side
        self.correlation_id = call.correlation_id
        self.code: Code | None = None
        self.attempt = 1
        self.peer = self.component = self.reason = self.caller = ""
        self.events: list[tuple[str, Mapping[str, Any], int]] | None = None
        self.links: list[Link] | None = None
        self.ended = 0
        self._extra: dict[str, Any] | None = None
        self._status: Status | None = None
        self._keep = keep
        self._clock = clock
        self._ticks = clock.monotonic()
        self.started = int(clock.time() * 1e9)

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.traceparent[3:35]

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits."""
        return self.traceparent[36:52]

    @property
    def kind(self) -> SpanKind:
        """The end of the call this span is of."""
        return SpanKind.SERVER if self.side is Side.SERVER else SpanKind.CLIENT

    @property
    def parent(self) -> SpanContext | None:
        """The identity of the parent, None at a root."""
        if not self.parent_id:
            return None
        traceparent = f"00-{self.trace_id}-{self.parent_id}-{self.traceparent[53:]}"
        return span_context(traceparent, self.tracestate, remote=self.side is Side.SERVER)

    @property
    def status(self) -> Status:
        """What a user set; else an error where the code is one from this end of the call."""
        code = self.code
        if self._status is not None or code is None or code is Code.OK:
            return self._status or Status(StatusCode.UNSET)
        if self.side is Side.CLIENT or code in SERVER_FAULTS:
            return Status(StatusCode.ERROR, self.reason or code.name)
        return Status(StatusCode.UNSET)

    @property
    def attributes(self) -> dict[str, Any]:
        """The facts of the call under OpenTelemetry's names, and what users added."""
        facts: dict[str, Any] = {"rpc.system.name": "grpc", "rpc.method": self.method}
        if self.code is not None:
            facts["rpc.response.status_code"] = self.code.name
            if self.status.status_code is StatusCode.ERROR:
                facts["error.type"] = self.code.name
        facts.update(_address("server" if self.side is Side.CLIENT else "client", self.peer))
        optional = {
            "trunkline.component": self.component,
            "trunkline.caller": self.caller,
            "trunkline.reason": self.reason,
            "trunkline.attempts": self.attempt if self.attempt > 1 else 0,
            "trunkline.correlation_id": self.correlation_id if self.correlation_id != self.trace_id else "",
        }
        facts.update((key, value) for key, value in optional.items() if value)
        return facts | self._extra if self._extra else facts

    def finish(self, call: Call) -> None:
        """Take over how the call went, and end."""
        self.code = call.code
        self.attempt = call.attempt
        self.peer = call.peer
        self.component = call.component
        if call.principal is not None:
            self.caller = call.principal.subject
        if isinstance(call.error, MeshError):
            self.reason = call.error.reason
        self.end()

    def end(self, end_time: int | None = None) -> None:
        """End at `end_time`, in nanoseconds since the epoch, or now. Only the first end counts."""
        if not self.ended:
            self.ended = end_time or self.started + int((self._clock.monotonic() - self._ticks) * 1e9)
            self._keep(self)

    def get_span_context(self) -> SpanContext:
        """Read the identity off the strings."""
        return span_context(self.traceparent, self.tracestate, remote=False)

    def is_recording(self) -> bool:
        """Whether the call still runs."""
        return not self.ended

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Add attributes."""
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def set_attribute(self, key: str, value: Any) -> None:
        """Add or replace one attribute."""
        if self.ended:
            return
        if self._extra is None:
            self._extra = {}
        if key in self._extra or len(self._extra) < MAX_ATTRIBUTES:
            self._extra[key] = value

    def add_event(self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Add something that happened at `timestamp`, in nanoseconds since the epoch, or now."""
        if self.ended:
            return
        if self.events is None:
            self.events = []
        if len(self.events) < MAX_EVENTS:
            self.events.append((name, dict(attributes or {}), timestamp or time.time_ns()))

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        """Point at a span of another trace."""
        if self.ended:
            return
        if self.links is None:
            self.links = []
        if len(self.links) < MAX_EVENTS:
            self.links.append(Link(context, attributes))

    def update_name(self, name: str) -> None:
        """Rename the span; `rpc.method` keeps naming the method."""
        if not self.ended:
            self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Overrule the status that follows from the code."""
        if not self.ended:
            self._status = status if isinstance(status, Status) else Status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add an exception as an event, with its traceback."""
        facts = {
            "exception.type": type(exception).__qualname__,
            "exception.message": without_hidden(str(exception), exception),
            "exception.stacktrace": without_hidden("".join(traceback.format_exception(exception)), exception),
            "exception.escaped": str(escaped),
        }
        self.add_event("exception", {**facts, **(attributes or {})}, timestamp)


def _address(whose: str, peer: str) -> dict[str, Any]:
    host, _, port = peer.removeprefix("ipv4:").removeprefix("ipv6:").rpartition(":")
    if not host or not port.isdecimal():
        return {f"{whose}.address": peer} if peer else {}
    return {f"{whose}.address": host.replace("%5B", "[").replace("%5D", "]").strip("[]"), f"{whose}.port": int(port)}
