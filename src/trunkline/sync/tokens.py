"""Tokens for threads: fetched when first needed, renewed when most of their life is over."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline.errors import Code, MeshError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.clock import Clock
    from trunkline.identity.model import Issued

RENEW_AT = 0.8


@dataclass(frozen=True, slots=True)
class _Held:
    text: str = field(repr=False)
    renew: float
    until: float


class SyncTokens:
    """One token per callee, shared by all threads.

    `issue(audience, timeout)` asks the backbone, for `timeout` seconds at most, and may raise MeshError. Ends are on
    the wall clock, which goes on while the machine sleeps.
    """

    def __init__(self, issue: Callable[[str, float], Issued], *, clock: Clock) -> None:
        self._issue = issue
        self._now = clock.time
        self._held: dict[str, _Held] = {}
        self._locks: dict[str, threading.Lock] = {}

    def token(self, audience: str, timeout: float) -> str:
        """Return a token for `audience`; threads that find none wait for the one that fetches it.

        Raises what fetching raised where no valid token is at hand, and Unavailable after `timeout` seconds of waiting.
        """
        held = self._held.get(audience)
        if held is not None and self._now() < held.renew:
            return held.text
        lock = self._locks.setdefault(audience, threading.Lock())
        if not lock.acquire(timeout=timeout):
            raise Unavailable("NO_TOKEN", f"no token to call {audience} with: the backbone did not answer in time")
        try:
            return self._renewed(audience, timeout)
        finally:
            lock.release()

    def _renewed(self, audience: str, timeout: float) -> str:
        held, asked = self._held.get(audience), self._now()
        if held is not None and asked < held.renew:
            return held.text
        try:
            issued = self._issue(audience, timeout)
        except MeshError as error:
            if held is not None and asked < held.until:
                return held.text
            if error.code in {Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED}:
                text = f"no token to call {audience} with: the backbone could not be reached: {error.message}"
                raise Unavailable("NO_TOKEN", text) from error
            raise
        held = _Held(issued.text, asked + issued.lifetime * RENEW_AT, asked + issued.lifetime)
        self._held[audience] = held
        return held.text
