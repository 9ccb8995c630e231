"""What a component has heard of revocations, and for how long that may be believed to be all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Literal

from trunkline.identity.revoked import Revoked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.clock import Clock
    from trunkline.identity.revoked import Revocation


@dataclass(frozen=True, slots=True)
class News:
    """One message of the watch: everything that is revoked where it is `complete`, else what came since, or nothing."""

    revocations: tuple[Revocation, ...] = ()
    complete: bool = False


class Feed:
    """Keeps the revocations, and the moment until which they are trusted.

    After `stale_after` seconds without any news it is stale. `when_stale` says whether that matters: with `allow` what
    was heard first is trusted for good.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        stale_after: float,
        when_stale: Literal["refuse", "allow"] = "refuse",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.revoked = Revoked()
        self.fresh_until = -inf
        """On the monotonic clock."""
        self.loaded = False
        """Whether the first full state has come."""
        self._clock = clock
        self._trust = inf if when_stale == "allow" else stale_after
        self._sleep = sleep
        self._heard = asyncio.Event()

    @property
    def fresh(self) -> bool:
        """Whether what is known is all there is to know."""
        return self._clock.monotonic() < self.fresh_until

    def take(self, news: News) -> None:
        """Learn from `news`. Before the first full state, anything else is passed over."""
        if news.complete:
            self.revoked = Revoked(news.revocations)
            self.loaded = True
        elif self.loaded:
            self.revoked.add(news.revocations)
        if self.loaded:
            self.revoked.forget(self._clock.time())
            self.fresh_until = self._clock.monotonic() + self._trust
            self._heard.set()
            self._heard = asyncio.Event()

    def revokes(self, token: str) -> bool:
        """Whether a token of one's own is known to be revoked."""
        return self.revoked.meets_text(token)

    async def turned(self) -> None:
        """Wait until it is fresh no longer, or is again."""
        if not self.fresh:
            await self._heard.wait()
            return
        if self.fresh_until == inf:
            await asyncio.Event().wait()
        while (left := self.fresh_until - self._clock.monotonic()) > 0.0:
            await self._sleep(left)


class Unfed(Feed):
    """The feed of those who have no backbone to be told by: nothing is ever revoked."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock, stale_after=inf)
        self.take(News(complete=True))
