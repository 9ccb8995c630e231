"""What OpenTelemetry's environment variables ask of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping


def ratio_from(environ: Mapping[str, str], default: float) -> float:
    """Return the share of new traces to record: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG, else `default`.

    Raises ValueError where the argument is no number between 0 and 1.
    """
    sampler = environ.get("OTEL_TRACES_SAMPLER", "traceidratio").removeprefix("parentbased_")
    if sampler == "always_on":
        return 1.0
    if sampler == "always_off":
        return 0.0
    said = environ.get("OTEL_TRACES_SAMPLER_ARG", "")
    if not said:
        return 1.0 if "OTEL_TRACES_SAMPLER" in environ else default
    try:
        ratio = float(said)
    except ValueError:
        ratio = -1.0
    if not 0.0 <= ratio <= 1.0:
        raise ValueError(f"OTEL_TRACES_SAMPLER_ARG must be a number between 0 and 1, not {said!r}")
    return ratio


def resource_from(environ: Mapping[str, str], component: str, instance: str, version: str) -> dict[str, str]:
    """Return who this process is, for the collector. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win."""
    facts = {"service.name": component, "service.instance.id": instance, "service.version": version}
    for pair in environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, sign, value = pair.partition("=")
        if sign and key.strip():
            facts[key.strip()] = unquote(value.strip())
    if name := environ.get("OTEL_SERVICE_NAME"):
        facts["service.name"] = name
    return facts


def traces_endpoint(environ: Mapping[str, str]) -> str:
    """Return where spans go; empty where nothing is to be sent."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none":
        return ""
    return environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
