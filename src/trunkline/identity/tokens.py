"""Tokens that a component calls with: one per callee, fetched once, renewed ahead of their end."""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline.errors import MeshError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from trunkline.clock import Clock
    from trunkline.identity.model import Issued

_log = logging.getLogger(__name__)
_EARLIEST, _LATEST = 0.75, 0.80  # part of a token's life after which it is renewed
_SHORTEST = 1.0  # seconds between two renewals, whatever lifetime the issuer tells


@dataclass(frozen=True, slots=True)
class _Held:
    text: str = field(repr=False)
    until: float
    lifetime: float


class TokenSource:
    """Holds a fresh token for every callee that was asked for.

    `issue(audience)` gets a token from the backbone, `random` draws from [0, 1), `backoff(attempt)` says how many
    seconds to pause after the n-th failure in a row, `revoked(token)` whether a token is known to be good no more. The
    source owns its tasks: call `close` in the end.
    """

    def __init__(
        self,
        issue: Callable[[str], Awaitable[Issued]],
        *,
        clock: Clock,
        random: Callable[[], float],
        backoff: Callable[[int], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        revoked: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._issue = issue
        self._revoked = revoked
        self._now = clock.time
        self._random = random
        self._backoff = backoff
        self._sleep = sleep
        self._held: dict[str, _Held] = {}
        self._flights: dict[str, asyncio.Task[str]] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def peek(self, audience: str) -> str | None:
        """Return the token for `audience` if a fresh one is at hand."""
        held = self._held.get(audience)
        # The wall clock, because it goes on while the machine sleeps; the lifetime, because clocks of machines differ.
        return held.text if held is not None and self._now() < held.until else None

    async def fetch(self, audience: str) -> str:
        """Return a fresh token for `audience`, from the backbone if need be.

        However many callers wait for an audience, one request is on its way. Raises what the request raised, and
        Unavailable (`NO_TOKEN`) once the source is closed.
        """
        return self.peek(audience) or await self._renewed(audience)

    def prefetch(self, audiences: Iterable[str]) -> None:
        """Get tokens for `audiences` in the background, trying until there is one, and keep them fresh."""
        for audience in audiences:
            self._keep(audience)

    def drop(self, means: Callable[[str], bool] | None = None) -> None:
        """Forget the tokens that `means` is true of, by default those that are revoked, and fetch others at once."""
        means = means or self._revoked
        for audience in [audience for audience, held in self._held.items() if means(held.text)]:
            del self._held[audience]
            if not self._closed:
                self._flight(audience)

    def swap(self, audience: str, swap: Callable[[], None]) -> None:
        """Call `swap` now and forget the token for `audience`, which `swap` made useless; fetch another at once."""
        swap()
        if self._held.pop(audience, None) is not None and not self._closed:
            self._flight(audience)

    async def rebind(self, audience: str, swap: Callable[[], None]) -> None:
        """Fetch another token for `audience` where there is one; call `swap` in the moment it takes the other's place.

        Where none can be had, as where there is none yet, `swap` is called all the same.
        """
        if flight := self._flights.get(audience):
            await asyncio.wait((flight,))
        if audience not in self._held:
            swap()
            return
        asked = self._now()
        try:
            issued = await self._issue(audience)
        except MeshError as error:
            _log.warning("no token for %s that is good with the new certificate: %s", audience, error)
            self.swap(audience, swap)
            return
        swap()
        self._held[audience] = _Held(issued.text, asked + issued.lifetime, issued.lifetime)

    async def close(self) -> None:
        """Stop all renewal. Whoever waits for a token is refused."""
        self._closed = True
        tasks = [*self._keepers.values(), *self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _renewed(self, audience: str) -> str:
        if self._closed:
            raise _closed()
        flight = self._flight(audience)
        # Unlike awaiting the task, this neither cancels it with one waiter nor cancels the waiters with it.
        await asyncio.wait((flight,))
        if flight.cancelled():
            raise _closed()
        return flight.result()

    def _flight(self, audience: str) -> asyncio.Task[str]:
        flight = self._flights.get(audience)
        if flight is None:
            # Context(): what runs for all callers must not inherit the deadline and the trace of the first.
            flight = self._flights[audience] = asyncio.create_task(self._fly(audience), context=Context())
            flight.add_done_callback(lambda done: self._land(audience, done))
        return flight

    async def _fly(self, audience: str) -> str:
        asked = self._now()
        issued = await self._issue(audience)
        if self._revoked(issued.text):  # while it was on its way
            asked = self._now()
            issued = await self._issue(audience)
        self._held[audience] = _Held(issued.text, asked + issued.lifetime, issued.lifetime)
        self._keep(audience)
        return issued.text

    def _land(self, audience: str, flight: asyncio.Task[str]) -> None:
        del self._flights[audience]
        if not flight.cancelled():
            flight.exception()  # read here, as all who waited may have gone

    def _keep(self, audience: str) -> None:
        if audience not in self._keepers and not self._closed:
            self._keepers[audience] = asyncio.create_task(self._keep_fresh(audience), context=Context())

    async def _keep_fresh(self, audience: str) -> None:
        failures = 0
        while True:
            await self._sleep(self._backoff(failures) if failures else self._rest(audience))
            try:
                await self._renewed(audience)
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next attempt may go right
                failures += 1
                attempts = f"{failures} attempt{'' if failures == 1 else 's'}"
                _log.warning("no new token for %s after %s: %s", audience, attempts, error)
            else:
                failures = 0

    def _rest(self, audience: str) -> float:
        held = self._held.get(audience)
        if held is None:
            return 0.0
        share = _EARLIEST + (_LATEST - _EARLIEST) * self._random()
        return max(_SHORTEST, held.until - self._now() - (1.0 - share) * held.lifetime)


def _closed() -> Unavailable:
    return Unavailable("NO_TOKEN", "this component is shutting down")
