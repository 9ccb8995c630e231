"""Counts and durations of calls, added up over processes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.api.diagnostics.v1.diagnostics_pb2 import SIDE_CLIENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trunkline.api.diagnostics.v1.diagnostics_pb2 import CallStats, GetCallsResponse

# The mesh's own calls, such as those for tokens and for these very figures, are no part of the job.
MESH_OWN = ("trunkline.", "grpc.")


@dataclass(frozen=True, slots=True)
class MethodCalls:
    """All calls of one method, as their callers saw them. `retried` counts attempts beyond the first."""

    count: int
    failed: int
    retried: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def merge(snapshots: Iterable[GetCallsResponse]) -> dict[str, MethodCalls]:
    """Return the calls by full method name, in its order.

    A call is known to both its ends; only the caller's side is counted. Raises ValueError where the snapshots have
    different buckets, which cannot be added.
    """
    rows: dict[str, list[CallStats]] = {}
    bounds: Sequence[float] = ()
    for snapshot in snapshots:
        if bounds and list(bounds) != list(snapshot.bounds):
            raise ValueError("the components count durations in different buckets")
        bounds = snapshot.bounds
        for row in snapshot.calls:
            if row.side == SIDE_CLIENT and not row.method.startswith(MESH_OWN):
                rows.setdefault(row.method, []).append(row)
    return {method: _method(rows[method], bounds) for method in sorted(rows)}


def quantile(share: float, buckets: Sequence[int], bounds: Sequence[float]) -> float:
    """Return the duration, in the unit of `bounds`, that `share` of the counted do not exceed; 0 where none are.

    Within a bucket durations are taken to be spread evenly; beyond the last bound nothing is known but that bound.
    """
    rank = share * sum(buckets)
    below = 0
    for index, count in enumerate(buckets[: len(bounds)]):
        if count and below + count >= rank:
            low = bounds[index - 1] if index else 0.0
            return low + (bounds[index] - low) * (rank - below) / count
        below += count
    return bounds[-1] if any(buckets) else 0.0


def _method(rows: Sequence[CallStats], bounds: Sequence[float]) -> MethodCalls:
    buckets: Counter[int] = Counter()
    for row in rows:
        buckets.update(dict(enumerate(row.buckets)))
    merged = [buckets[index] for index in range(len(bounds) + 1)]
    return MethodCalls(
        count=sum(row.count for row in rows),
        failed=sum(row.count for row in rows if row.code != "OK"),
        retried=sum(row.retries for row in rows),
        p50_ms=round(quantile(0.50, merged, bounds) * 1000, 3),
        p95_ms=round(quantile(0.95, merged, bounds) * 1000, 3),
        p99_ms=round(quantile(0.99, merged, bounds) * 1000, 3),
    )
