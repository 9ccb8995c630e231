from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from trunkline.call import Side
from trunkline.errors import Code
from trunkline.telemetry.metrics import CallMetrics

LABELS = {"rpc_system_name": "grpc", "rpc_method": "a.B/C"}


@pytest.fixture
def metrics():
    metrics = CallMetrics()
    served = metrics.series(Side.SERVER, "a.B/C")
    for duration in (0.004, 0.02, 120.0):
        served.add(Code.OK, duration, 1)
    served.add(Code.NOT_FOUND, 0.001, 1)
    served.active = 2
    metrics.series(Side.CLIENT, "a.B/C").add(Code.UNAVAILABLE, 0.5, 3)
    metrics.counter("trunkline_spans_dropped", "Spans that were not exported.", lambda: 5)
    return metrics


def samples(families):
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def labelled(name, **labels):
    return (name, tuple(sorted((LABELS | labels).items())))


@pytest.mark.parametrize("parse", [openmetrics, prometheus])
def test_the_text_reads_as_openmetrics_and_as_prometheus(metrics, parse):
    found = samples(parse(metrics.render()))
    ok = {"rpc_response_status_code": "OK"}
    assert found[labelled("rpc_server_call_duration_seconds_count", **ok)] == 3
    assert found[labelled("rpc_server_call_duration_seconds_sum", **ok)] == pytest.approx(120.024)
    assert found[labelled("rpc_server_call_duration_seconds_bucket", **ok, le="0.005")] == 1
    assert found[labelled("rpc_server_call_duration_seconds_bucket", **ok, le="60.0")] == 2
    assert found[labelled("rpc_server_call_duration_seconds_bucket", **ok, le="+Inf")] == 3
    assert found[labelled("rpc_client_call_duration_seconds_count", rpc_response_status_code="UNAVAILABLE")] == 1
    assert found[labelled("trunkline_client_retries_total", rpc_response_status_code="UNAVAILABLE")] == 2
    assert found[labelled("rpc_server_active_requests")] == 2
    assert found["trunkline_spans_dropped_total", ()] == 5


def test_types_and_units_are_told(metrics):
    families = {family.name: (family.type, family.unit) for family in openmetrics(metrics.render())}
    assert families["rpc_server_call_duration_seconds"] == ("histogram", "seconds")
    assert families["rpc_server_active_requests"] == ("gauge", "")
    assert families["trunkline_spans_dropped"] == ("counter", "")


def test_a_process_without_calls_has_a_text_too():
    assert list(openmetrics(CallMetrics().render())) == []


def test_a_method_has_one_series_a_side():
    metrics = CallMetrics()
    assert metrics.series(Side.SERVER, "a.B/C") is metrics.series(Side.SERVER, "a.B/C")
    assert metrics.series(Side.SERVER, "a.B/C") is not metrics.series(Side.CLIENT, "a.B/C")


def test_a_snapshot_does_not_change_with_what_comes_later(metrics):
    before = metrics.snapshot()
    metrics.series(Side.SERVER, "a.B/C").add(Code.OK, 0.004, 1)
    assert sum(one.count for one in before) == 5
    assert sum(one.count for one in metrics.snapshot()) == 6
