"""Tokens for threads: fetched when first needed, renewed when most of their life is over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.clock import Clock
    from trunkline.identity.model import Issued

RENEW_AT = 0.8


class SyncTokens:
    """One token per callee, shared by all threads. `issue(audience)` asks the backbone and may raise MeshError."""

    def __init__(self, issue: Callable[[str], Issued], *, clock: Clock) -> None:
        self._issue = issue
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, float]] = {}

    def token(self, audience: str) -> str:
        """Return a fresh token for `audience`; threads that find none wait for the one that fetches it."""
        held = self._held.get(audience)
        if held is None or self._clock.monotonic() >= held[1]:
            with self._lock:
                held = self._held.get(audience)
                if held is None or self._clock.monotonic() >= held[1]:
                    held = self._held[audience] = self._fetched(audience)
        return held[0]

    def _fetched(self, audience: str) -> tuple[str, float]:
        asked = self._clock.monotonic()
        issued = self._issue(audience)
        return issued.text, asked + issued.lifetime * RENEW_AT
