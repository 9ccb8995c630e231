"""How long to wait before the next attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def full_jitter(attempt: int, *, initial: float, maximum: float, random: Callable[[], float]) -> float:
    """Return a pause in seconds: uniform between 0 and a bound that doubles with each attempt (the first being 1).

    `random` draws from [0, 1). Formula: "full jitter" of the AWS Architecture Blog, "Exponential Backoff And Jitter".
    """
    return random() * min(maximum, initial * 2.0 ** min(attempt - 1, 30))
