from __future__ import annotations

import logging
import threading
from concurrent import futures

import grpc
import pytest
from interceptors.hand import new_call
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from trunkline.call import Side
from trunkline.errors import NotFound
from trunkline.telemetry.export import SpanExport, exporter_from
from trunkline.telemetry.spans import CallSpan
from trunkline.testing.clock import ManualClock

RESOURCE = Resource({"service.name": "accounts"})


def ended_span(name="b"):
    call = new_call(Side.CLIENT)
    call.trace = f"00-{'a' * 32}-{name * 16}-01"
    call.error = NotFound("NO_USER")
    call.code = call.error.code
    span = CallSpan(call, "vendor=1", "c" * 16, clock=ManualClock(), keep=lambda span: None)
    span.add_event("read", {"rows": 3})
    span.finish(call)
    return span


class Stuck(SpanExporter):
    """Blocks in `export` until it is let go."""

    def __init__(self):
        self.entered, self.go = threading.Event(), threading.Event()

    def export(self, spans):
        self.entered.set()
        self.go.wait()
        return SpanExportResult.SUCCESS


class Broken(SpanExporter):
    def __init__(self, result):
        self.result = result

    def export(self, spans):
        if self.result is None:
            raise OSError("the collector is gone")
        return self.result


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self):
        self.requests = []

    def Export(self, request, context):
        self.requests.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def collector():
    server = grpc.server(futures.ThreadPoolExecutor(1))
    collector = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    collector.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield collector
    server.stop(0).wait()


def test_closing_sends_what_is_queued_in_opentelemetrys_form():
    exporter = InMemorySpanExporter()
    export = SpanExport(exporter, RESOURCE, interval=60.0)
    span = ended_span()
    export.offer(span)
    export.close()
    (sent,) = exporter.get_finished_spans()
    assert (sent.name, sent.context, sent.parent.span_id) == (span.name, span.get_span_context(), int("c" * 16, 16))
    assert (sent.start_time, sent.end_time) == (span.started, span.ended)
    assert sent.attributes["rpc.response.status_code"] == "NOT_FOUND"
    assert sent.resource is RESOURCE
    assert [(event.name, event.attributes["rows"]) for event in sent.events] == [("read", 3)]
    assert not sent.status.is_ok
    assert sent.to_json()


def test_spans_that_find_the_queue_full_are_dropped_and_counted():
    stuck = Stuck()
    export = SpanExport(stuck, RESOURCE, interval=0.0, limit=3)
    export.offer(ended_span())
    assert stuck.entered.wait(10)
    for _ in range(5):
        export.offer(ended_span())
    assert export.dropped == 2
    stuck.go.set()
    export.close()
    assert export.failed == 0


@pytest.mark.parametrize("result", [SpanExportResult.FAILURE, None])
def test_an_exporter_that_fails_is_counted_and_survived(result, caplog):
    export = SpanExport(Broken(result), RESOURCE, interval=60.0)
    export.offer(ended_span())
    export.offer(ended_span())
    export.close()
    assert export.failed == 2
    assert ("the span exporter failed" in caplog.text) == (result is None)


def test_nothing_is_exported_unless_asked_for():
    assert exporter_from({}, component="accounts", instance="1", version="0") is None


def test_a_missing_extra_is_a_warning(monkeypatch, caplog):
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", None)
    with caplog.at_level(logging.WARNING):
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
        assert exporter_from(environ, component="accounts", instance="1", version="0") is None
    assert "trunkline[otlp]" in caplog.text


def test_spans_reach_a_collector(collector):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}"}
    export = exporter_from(environ, component="accounts", instance="1", version="0")
    export.offer(ended_span())
    export.close()
    (request,) = collector.requests
    (group,) = request.resource_spans
    facts = {pair.key: pair.value.string_value for pair in group.resource.attributes}
    assert facts["service.name"] == "accounts"
    assert [span.name for span in group.scope_spans[0].spans] == ["trunkline.api.testing.v1.EchoService/Echo"]
    assert export.failed == 0
