"""Streams that live by a token: each ends when its token expires, or is revoked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline.identity.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.errors import MeshError
    from trunkline.identity.verifier import Verified

    End = Callable[[MeshError], None]


class Leases:
    """Who is to be ended when a token is no longer good. As many as there are streams; each is released in the end."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._held: dict[object, tuple[Verified, End]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, verified: Verified, end: End) -> Callable[[], None]:
        """Call `end` once, with what to tell the caller, when the token dies; return what is called to forget it."""
        key = object()
        self._held[key] = (verified, end)
        left = max(0.0, verified.until - self._now())
        timer = asyncio.get_running_loop().call_later(left, self._expire, key)

        def release() -> None:
            self._held.pop(key, None)
            timer.cancel()

        return release

    def revoke(self, meant: Callable[[Verified], bool]) -> None:
        """End everybody whose token is `meant`."""
        for key in [key for key, (verified, _) in self._held.items() if meant(verified)]:
            _, end = self._held.pop(key)
            end(refused("TOKEN_REVOKED"))

    def _expire(self, key: object) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            held[1](refused("TOKEN_EXPIRED"))
