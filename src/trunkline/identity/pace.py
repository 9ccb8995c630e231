"""How often one peer may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from trunkline.errors import ResourceExhausted

if TYPE_CHECKING:
    from trunkline.clock import Clock

MOST = 4096
_OTHERS = "others"


class Pace:
    """Counts requests by peer within fixed windows of `rate`, such as `20/second`.

    At most 4096 peers have a count of their own in one window; those beyond share one, so that a flood of addresses
    costs no memory. `refused` counts the requests that came too often.
    """

    def __init__(self, rate: str, *, clock: Clock) -> None:
        self._rate = parse(rate)
        self._storage = MemoryStorage()
        self._windows = FixedWindowRateLimiter(self._storage)
        self._now = clock.time
        self.refused = 0

    def check(self, peer: str) -> None:
        """Count a request. Raises ResourceExhausted (`TOO_MANY_REQUESTS`) with the seconds until the next window."""
        if len(self._storage.storage) >= MOST and self._windows.test(self._rate, peer):
            known = self._windows.get_window_stats(self._rate, peer).remaining < self._rate.amount
            peer = peer if known else _OTHERS
        if self._windows.hit(self._rate, peer):
            return
        self.refused += 1
        reset = self._windows.get_window_stats(self._rate, peer).reset_time
        message = f"more than {self._rate.amount} requests in {self._rate.get_expiry()} s: ask less often"
        raise ResourceExhausted("TOO_MANY_REQUESTS", message, retry_after=max(0.05, reset - self._now()), refused=True)
