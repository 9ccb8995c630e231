"""Metrics as OpenMetrics text, under OpenTelemetry's names as Prometheus spells them."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from trunkline.call import Side
from trunkline.telemetry.histogram import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trunkline.telemetry.stats import CallStats, Counter

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_LES = (*(repr(bound) for bound in BOUNDS), "+Inf")


def render(stats: Sequence[CallStats], active: Mapping[tuple[Side, str], int], counters: Iterable[Counter]) -> str:
    """Return the text of one scrape."""
    lines: list[str] = []
    for side in (Side.SERVER, Side.CLIENT):
        ours = [one for one in stats if one.side is side]
        lines += _durations(f"rpc_{side.value}_call_duration_seconds", ours)
        lines += _retries(ours) if side is Side.CLIENT else ()
        lines += _active(
            f"rpc_{side.value}_active_requests", {key[1]: n for key, n in active.items() if key[0] is side}
        )
    for counter in counters:
        lines += _head(counter.name, "counter", counter.description)
        lines.append(f"{counter.name}_total {counter.read()}")
    return "\n".join([*lines, "# EOF", ""])


def _durations(name: str, stats: Sequence[CallStats]) -> list[str]:
    lines = _head(name, "histogram", "Duration of RPCs.", unit="seconds") if stats else []
    for one in stats:
        labels = _labels(one)
        counts = accumulate(one.buckets)
        lines += [f'{name}_bucket{{{labels},le="{le}"}} {count}' for le, count in zip(_LES, counts, strict=True)]
        lines.append(f"{name}_sum{{{labels}}} {one.total!r}")
        lines.append(f"{name}_count{{{labels}}} {one.count}")
    return lines


def _retries(stats: Sequence[CallStats]) -> list[str]:
    name = "trunkline_client_retries"
    lines = _head(name, "counter", "Attempts beyond the first of each call.") if stats else []
    return lines + [f"{name}_total{{{_labels(one)}}} {one.retries}" for one in stats]


def _active(name: str, active: Mapping[str, int]) -> list[str]:
    lines = _head(name, "gauge", "RPCs in flight.") if active else []
    return lines + [f'{name}{{rpc_system_name="grpc",rpc_method="{method}"}} {n}' for method, n in active.items()]


def _labels(one: CallStats) -> str:
    return f'rpc_system_name="grpc",rpc_method="{one.method}",rpc_response_status_code="{one.code.name}"'


def _head(name: str, kind: str, description: str, *, unit: str = "") -> list[str]:
    lines = [f"# TYPE {name} {kind}", f"# UNIT {name} {unit}" if unit else "", f"# HELP {name} {description}"]
    return [line for line in lines if line]
