"""The OpenTelemetry SDK with its default sampler and a batch processor, whose exporter only counts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Spans(SpanExporter):
    """Counts what it is given and sends it nowhere."""

    def __init__(self) -> None:
        self.exported = 0
        self.provider: TracerProvider | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.exported += len(spans)
        return SpanExportResult.SUCCESS

    def flushed(self) -> int:
        """Return the spans exported, once those that wait have been."""
        assert self.provider is not None
        self.provider.force_flush()
        return self.exported


@contextmanager
def provider(service: str) -> Iterator[tuple[TracerProvider, Spans]]:
    """Yield a provider that samples as OpenTelemetry does by default (parent-based, always on) and its exporter."""
    spans = Spans()
    spans.provider = TracerProvider(resource=Resource.create({"service.name": service}))
    spans.provider.add_span_processor(BatchSpanProcessor(spans))
    yield spans.provider, spans
    spans.provider.shutdown()
