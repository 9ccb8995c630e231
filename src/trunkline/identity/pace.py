"""How often one peer may ask for tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import ResourceExhausted
from trunkline.resilience.rate import Rate

if TYPE_CHECKING:
    from trunkline.clock import Clock

MOST = 4096


class Pace:
    """Counts requests by peer, in windows of `rate` such as `20/second`; at most 4096 peers are remembered.

    `refused` counts the requests that came too often.
    """

    def __init__(self, rate: str, *, clock: Clock) -> None:
        self._rate = Rate(rate, clock=clock, peers=MOST)
        self.refused = 0

    def check(self, peer: str) -> None:
        """Count a request. Raises ResourceExhausted (`TOO_MANY_REQUESTS`) with the seconds until the next window."""
        beyond, left = self._rate.spend(peer)
        if not beyond:
            return
        self.refused += 1
        message = f"more than {self._rate.amount} requests in a short time: ask less often"
        raise ResourceExhausted("TOO_MANY_REQUESTS", message, retry_after=left, refused=True)
