"""Keeps a verifier's keys current from the backbone's watch."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from contextvars import Context
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from trunkline.clock import Clock
    from trunkline.identity.model import PublicKey

_log = logging.getLogger(__name__)
_HEALTHY = 10.0  # seconds a watch must have lasted for its end to count as the first failure, not one in a row


class Keys(Protocol):
    """What takes the keys: a `Verifier`."""

    def replace_keys(self, keys: Sequence[PublicKey], /) -> None:
        """Take `keys` as the whole set."""
        ...


class KeyWatch:
    """Follows the key set in a task of its own. While the backbone is away, the last good set stays.

    `watch()` opens one watch, `backoff(attempt)` says how many seconds to pause after the n-th watch in a row that did
    not last. Call `close` in the end.
    """

    def __init__(
        self,
        watch: Callable[[], AsyncGenerator[Sequence[PublicKey]]],
        keys: Keys,
        *,
        clock: Clock,
        backoff: Callable[[int], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._watch = watch
        self._keys = keys
        self._clock = clock
        self._backoff = backoff
        self._sleep = sleep
        self._first = asyncio.Event()
        # Context(): the watch outlives whatever it is opened in, and has no deadline or trace from there.
        self._task = asyncio.create_task(self._follow(), context=Context())

    async def first(self) -> None:
        """Wait until the first key set has come. Never fails: bound the wait from outside."""
        await self._first.wait()

    async def close(self) -> None:
        """Stop following."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        short = 0
        while True:
            began = self._clock.monotonic()
            try:
                await self._once()
                cause = "the backbone ended it"
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the keys at hand stay and the watch goes on
                cause = str(error)
            short = 1 if self._clock.monotonic() - began >= _HEALTHY else short + 1
            _log.info("key watch is opened again: %s", cause)
            await self._sleep(self._backoff(short))

    async def _once(self) -> None:
        async with aclosing(self._watch()) as sets:
            async for keys in sets:
                self._keys.replace_keys(keys)
                self._first.set()
