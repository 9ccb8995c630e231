"""Counts and durations of calls, in arrays of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import Code
from trunkline.telemetry.exposition import render
from trunkline.telemetry.histogram import Histogram
from trunkline.telemetry.stats import CallStats, Counter

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.call import Side


class Series:
    """The calls of one method on one side. For one event loop: nothing in it is locked."""

    __slots__ = ("active", "durations", "method", "retries", "side")

    def __init__(self, side: Side, method: str) -> None:
        self.side = side
        self.method = method
        self.active = 0
        self.durations: list[Histogram | None] = [None] * len(Code)
        self.retries = [0] * len(Code)

    def add(self, code: Code, duration: float, attempts: int) -> None:
        """Count one ended call: its outcome, seconds and attempts."""
        durations = self.durations[code]
        if durations is None:
            durations = self.durations[code] = Histogram()
        durations.add(duration)
        if attempts > 1:
            self.retries[code] += attempts - 1

    def snapshot(self) -> list[CallStats]:
        """Return what was counted, one value per outcome that occurred."""
        return [
            CallStats(self.side, self.method, code, held.count, self.retries[code], held.total, tuple(held.buckets))
            for code in Code
            if (held := self.durations[code]) is not None
        ]


class CallMetrics:
    """All calls of this process since it started, made and served."""

    def __init__(self) -> None:
        self._series: dict[tuple[Side, str], Series] = {}
        self._counters: list[Counter] = []

    def series(self, side: Side, method: str) -> Series:
        """Return the series of a method by its full name, new where there was none."""
        key = (side, method)
        if key not in self._series:
            self._series[key] = Series(side, method)
        return self._series[key]

    def counter(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Show what `read` returns as the counter `name`, which must not end in `_total`."""
        self._counters.append(Counter(name, description, read))

    def active(self) -> dict[tuple[Side, str], int]:
        """Return the calls in flight, by side and full method name."""
        return {key: series.active for key, series in list(self._series.items())}

    def snapshot(self) -> list[CallStats]:
        """Return everything counted, by side, method and outcome."""
        return [stats for series in list(self._series.values()) for stats in series.snapshot()]

    def render(self) -> str:
        """Return everything as OpenMetrics text, which Prometheus reads too."""
        return render(self.snapshot(), self.active(), self._counters)
