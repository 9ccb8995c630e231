"""Counts calls and times them, per method, side and outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import Code
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.call import Call, Method, Side
    from trunkline.clock import Clock
    from trunkline.telemetry.metrics import CallMetrics, Series


class Metrics(Interceptor):
    """Adds every call to `metrics`. On the client one call counts once, whatever attempts it took."""

    def __init__(self, metrics: CallMetrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock

    def bind(self, method: Method, side: Side) -> Interceptor:
        """Find the series of `method` once, for all its calls."""
        return _Counted(self._metrics.series(side, method.full_name), self._clock)


class _Counted(Interceptor):
    def __init__(self, series: Series, clock: Clock) -> None:
        self._series = series
        self._now = clock.monotonic

    def around(self, call: Call) -> Iterator[None]:
        series = self._series
        series.active += 1
        started = self._now()
        try:
            yield
        finally:
            series.active -= 1
            code = call.code
            series.add(Code.UNKNOWN if code is None else code, self._now() - started, call.attempt)
