"""How often each of many peers may do something."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

if TYPE_CHECKING:
    from trunkline.clock import Clock


class Spent(NamedTuple):
    """How far beyond its rate a peer is in the window that runs, 0 within it, and for how many seconds that lasts."""

    beyond: int
    left: float


class Rate:
    """Counts by peer in windows that begin with the first count: `100/minute` allows each a hundred in a minute.

    At most `peers` are remembered; for a new one the one whose window began first is forgotten, and may begin anew.
    """

    def __init__(self, rate: str, *, clock: Clock, peers: int = 4096) -> None:
        """Raise ValueError where `rate` is none."""
        self._rate = parse(rate)
        self._windows = _Windows(clock, peers)
        self._limiter = FixedWindowRateLimiter(self._windows)
        self._now = clock.monotonic

    @property
    def amount(self) -> int:
        """How many are allowed in a window."""
        return self._rate.amount

    def spend(self, peer: str) -> Spent:
        """Count one for `peer`, whether it is allowed or not."""
        if self._limiter.hit(self._rate, peer):
            return Spent(0, 0.0)
        key = self._rate.key_for(peer)
        return Spent(self._windows.get(key) - self._rate.amount, self._windows.get_expiry(key) - self._now())


class _Windows(Storage):
    """What the library counts in: its own memory has neither a bound nor a clock that can be given."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock, most: int) -> None:
        super().__init__()
        self._now = clock.monotonic
        self._most = most
        self._held: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        count = self.get(key) + amount
        if count == amount:
            self._make_room()
        ends = self._held[key][1] if key in self._held else self._now() + expiry
        self._held[key] = (count, ends)
        return count

    def get(self, key: str) -> int:
        count, ends = self._held.get(key, (0, 0.0))
        if count and ends <= self._now():
            del self._held[key]
            return 0
        return count

    def get_expiry(self, key: str) -> float:
        return self._held[key][1] if key in self._held else self._now()

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self._held)
        self._held.clear()
        return count

    def clear(self, key: str) -> None:
        self._held.pop(key, None)

    def _make_room(self) -> None:
        if len(self._held) >= self._most:
            del self._held[next(iter(self._held))]
