"""Which endpoint takes the next attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

E = TypeVar("E")


class Balancer(Protocol[E]):
    """Chooses among endpoints and hears how they fared."""

    def pick(self, candidates: Sequence[E], excluded: Collection[E], now: float) -> E:
        """Return one of `candidates` (never empty), rather none of `excluded`."""
        ...

    def away(self, endpoint: E, now: float) -> None:
        """Hear that `endpoint` refused a call or could not be reached."""
        ...


class Rotation(Generic[E]):
    """Every endpoint in turn; one that was away is passed over for `pause` seconds while there are others."""

    def __init__(self, *, pause: float = 1.0) -> None:
        self._pause = pause
        self._turn = 0
        self._until: dict[E, float] = {}

    def pick(self, candidates: Sequence[E], excluded: Collection[E], now: float) -> E:
        """Return the next in turn that is neither excluded nor away; failing that, the one away for longest; or any."""
        if len(candidates) == 1:
            return candidates[0]
        if not excluded:  # a second attempt must not turn the wheel, or the first ones would all fall on one endpoint
            self._turn += 1
        fresh = [one for one in candidates if one not in excluded] or candidates
        present = [one for one in fresh if self._until.get(one, 0.0) <= now]
        if present:
            return present[self._turn % len(present)]
        return min(fresh, key=lambda one: self._until[one])

    def away(self, endpoint: E, now: float) -> None:
        """Pass over `endpoint` for a while."""
        self._until = {one: until for one, until in self._until.items() if until > now}
        self._until[endpoint] = now + self._pause
