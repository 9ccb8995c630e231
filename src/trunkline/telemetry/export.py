"""Spans on their way to a collector, from a thread of their own."""

from __future__ import annotations

import logging
from collections import deque
from threading import Event, Thread
from typing import TYPE_CHECKING

from trunkline.telemetry.environ import resource_from, traces_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

    from trunkline.telemetry.spans import CallSpan

BATCH = 512

logger = logging.getLogger(__name__)


class SpanExport:
    """A bounded queue that a thread empties every `interval` seconds into an OpenTelemetry exporter.

    A span that finds `limit` others waiting is dropped. `dropped` counts those, `failed` the spans the exporter did
    not get rid of.
    """

    def __init__(self, exporter: SpanExporter, resource: Resource, *, interval: float = 1.0, limit: int = 8192) -> None:
        self.dropped = 0
        self.failed = 0
        self._exporter = exporter
        self._resource = resource
        self._interval = interval
        self._limit = limit
        self._queue: deque[CallSpan] = deque()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="trunkline-spans", daemon=True)
        self._thread.start()

    def offer(self, span: CallSpan) -> None:
        """Queue a finished span; never waits."""
        if len(self._queue) < self._limit:
            self._queue.append(span)
        else:
            self.dropped += 1

    def close(self, timeout: float = 5.0) -> None:
        """Send what is queued, within `timeout` seconds, and stop. Blocks; later offers are never sent."""
        self._stop.set()
        self._thread.join(timeout)
        self._exporter.shutdown()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stop.wait(self._interval)
            while self._queue:
                self._send([self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))])

    def _send(self, spans: list[CallSpan]) -> None:
        from opentelemetry.sdk.trace.export import SpanExportResult

        try:
            result = self._exporter.export([readable(span, self._resource) for span in spans])
        except Exception:  # an exporter is foreign code, and the thread must outlive its faults
            logger.exception("the span exporter failed")
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self.failed += len(spans)


def readable(span: CallSpan, resource: Resource) -> ReadableSpan:
    """Return a finished span in the form OpenTelemetry's exporters take."""
    from opentelemetry.sdk.trace import Event as SpanEvent
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=resource,
        attributes=span.attributes,
        events=[SpanEvent(name, facts, timestamp) for name, facts, timestamp in span.events or ()],
        links=span.links or (),
        kind=span.kind,
        status=span.status,
        start_time=span.started,
        end_time=span.ended,
        instrumentation_scope=InstrumentationScope("trunkline"),
    )


def exporter_from(environ: Mapping[str, str], *, component: str, instance: str, version: str) -> SpanExport | None:
    """Return the OTLP export the environment asks for.

    None where it names no endpoint, or the extra `trunkline[otlp]` is not installed.
    """
    endpoint = traces_endpoint(environ)
    if not endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    except ImportError:
        logger.warning("spans are not exported to %s: install trunkline[otlp]", endpoint)
        return None
    from opentelemetry.sdk.resources import Resource

    resource = Resource(resource_from(environ, component, instance, version))
    return SpanExport(OTLPSpanExporter(endpoint=endpoint), resource)
