from __future__ import annotations

import pytest

from trunkline.telemetry.environ import ratio_from, resource_from, traces_endpoint


@pytest.mark.parametrize(
    ("environ", "ratio"),
    [
        ({}, 0.1),
        ({"OTEL_TRACES_SAMPLER": "always_on"}, 1.0),
        ({"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, 0.0),
        ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}, 1.0),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"}, 0.25),
        ({"OTEL_TRACES_SAMPLER_ARG": "0.5"}, 0.5),
    ],
)
def test_the_ratio_is_what_the_environment_says(environ, ratio):
    assert ratio_from(environ, 0.1) == ratio


@pytest.mark.parametrize("said", ["half", "-0.1", "1.5", "nan"])
def test_a_ratio_that_is_none_is_refused(said):
    with pytest.raises(ValueError, match=f"OTEL_TRACES_SAMPLER_ARG .* {said!r}"):
        ratio_from({"OTEL_TRACES_SAMPLER_ARG": said}, 0.1)


def test_the_environment_wins_over_what_the_process_says_of_itself():
    environ = {"OTEL_RESOURCE_ATTRIBUTES": "team=north%20wing, service.name=a,broken", "OTEL_SERVICE_NAME": "b"}
    assert resource_from(environ, "accounts", "7", "0.1.0") == {
        "service.name": "b",
        "service.instance.id": "7",
        "service.version": "0.1.0",
        "team": "north wing",
    }


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4317"}, "http://a:4317"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "b"}, "b"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "a", "OTEL_SDK_DISABLED": "TRUE"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "a", "OTEL_TRACES_EXPORTER": "none"}, ""),
    ],
)
def test_spans_go_where_the_environment_says(environ, endpoint):
    assert traces_endpoint(environ) == endpoint
