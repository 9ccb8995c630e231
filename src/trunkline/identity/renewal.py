"""When an unknown key is worth asking for: once for all who wait, and not again for a while, whatever comes in."""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from trunkline.clock import Clock

_log = logging.getLogger(__name__)
COOLDOWN = 10.0
PATIENCE = 2.0


class Renewal:
    """Runs `renew` at most once in `cooldown` seconds; those who ask meanwhile wait for the one that is on its way.

    Each waits for `patience` seconds at most, which is how long `renew` is given. Its failure is logged and harms
    nothing. Call `close` in the end.
    """

    def __init__(
        self,
        renew: Callable[[], Coroutine[Any, Any, None]],
        *,
        clock: Clock,
        cooldown: float = COOLDOWN,
        patience: float = PATIENCE,
    ) -> None:
        self._renew = renew
        self._now = clock.monotonic
        self._cooldown = cooldown
        self._patience = patience
        self._again_at = -inf
        self._flight: asyncio.Task[None] | None = None

    def begin(self) -> asyncio.Task[None] | None:
        """Return the renewal that runs, begun now if it may be; None where it is too early. It never fails."""
        now = self._now()
        if self._flight is None and now >= self._again_at:
            self._again_at = now + self._cooldown
            # Context(): it runs for everybody, so the deadline and the trace of the first who asks are none of its own.
            self._flight = asyncio.create_task(self._run(), context=Context())
        return self._flight

    async def close(self) -> None:
        """Stop what runs."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._renew()
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the keys at hand stay as they are
            _log.warning("no newer key set: %s", str(error) or type(error).__name__)
        finally:
            self._flight = None
