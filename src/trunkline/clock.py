"""Time as an argument: what decides by the clock is given one."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, both in seconds."""

    def monotonic(self) -> float:
        """Never falls; for durations, deadlines and leases."""
        ...

    def time(self) -> float:
        """Seconds since the Unix epoch; for labels and for what other machines wrote."""
        ...


class SystemClock:
    """The clocks of the machine. Every call reads them several times, so they are C's functions themselves."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)
