"""A deadline as a value: the moment after which nobody waits for the answer any more."""

from __future__ import annotations

from dataclasses import dataclass

# gRPC tells "no deadline" as centuries of remaining time; anything past this many seconds means none.
FOREVER = 1e9


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """A moment on the monotonic clock, in seconds. The earlier of two compares as the smaller."""

    at: float

    @classmethod
    def after(cls, seconds: float, *, now: float) -> Deadline:
        """Return the deadline `seconds` from `now`."""
        return cls(now + seconds)

    def remaining(self, now: float) -> float:
        """Seconds left at `now`; never below zero."""
        left = self.at - now
        return max(0.0, left)

    def passed(self, now: float) -> bool:
        """Whether the moment has come."""
        return now >= self.at
