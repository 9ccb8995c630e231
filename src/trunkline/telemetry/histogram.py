"""Durations in buckets: what can be added up across methods, processes and time."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECADE = ("1", "1.25", "1.6", "2", "2.5", "3.2", "4", "5", "6.3", "8")
# OpenTelemetry's buckets for RPC durations, all of which are among ours.
SEMCONV = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
LONGEST = 60.0

BOUNDS: tuple[float, ...] = tuple(
    sorted(
        {step for power in range(-4, 2) for digits in _DECADE if (step := float(f"{digits}e{power}")) < LONGEST}
        | {*SEMCONV, LONGEST}
    )
)
"""Upper bounds in seconds, each included in its bucket; one more bucket holds what is longer."""


class Histogram:
    """Counts per bucket of `BOUNDS`, and the exact sum."""

    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    @property
    def count(self) -> int:
        """How many durations were added."""
        return sum(self.buckets)

    def add(self, duration: float) -> None:
        """Count one duration in seconds."""
        self.buckets[bisect_left(BOUNDS, duration)] += 1
        self.total += duration


def quantile(buckets: Sequence[int], share: float, bounds: Sequence[float] = BOUNDS) -> float:
    """Estimate the duration in seconds below which `share` (0 to 1) of the counted lie; 0.0 where none are.

    The estimate lies in the bucket of the exact value. Beyond the last bound it is that bound.
    """
    rank = share * sum(buckets)
    passed = 0
    for index, count in enumerate(buckets):
        if count and passed + count >= rank:
            if index == len(bounds):
                return bounds[-1]
            low = bounds[index - 1] if index else 0.0
            return low + (bounds[index] - low) * max(0.0, rank - passed) / count
        passed += count
    return 0.0
