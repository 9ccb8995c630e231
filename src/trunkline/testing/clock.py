"""A clock that moves when it is told to."""

from __future__ import annotations


class ManualClock:
    """Both readings start at `start` seconds and change by `advance` alone."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self._now = start

    def monotonic(self) -> float:
        """Return the reading for durations."""
        return self._now

    def time(self) -> float:
        """Return the reading for labels."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self._now += seconds
