"""How many retries a client can afford: a share of its recent calls.

Without it, an outage makes every caller send each call several times, which is what keeps an overloaded server down.
"""

from __future__ import annotations


class Budget:
    """Tokens that calls pay in and retries take out.

    Every call deposits `ratio` tokens, time adds `floor` tokens per second, and at most `bank` are kept.
    """

    __slots__ = ("_bank", "_floor", "_ratio", "_stamp", "_tokens")

    def __init__(self, *, ratio: float = 0.2, floor: float = 3.0, bank: float = 10.0, now: float = 0.0) -> None:
        self._ratio = ratio
        self._floor = floor
        self._bank = bank
        self._tokens = bank
        self._stamp = now

    def deposit(self) -> None:
        """Count one first attempt."""
        self._tokens = min(self._bank, self._tokens + self._ratio)

    def withdraw(self, now: float) -> bool:
        """Take one token for a retry; False where there is none."""
        self._tokens = min(self._bank, self._tokens + max(0.0, now - self._stamp) * self._floor)
        self._stamp = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
