"""Keeps a store small while it runs: what has expired goes, and so does history past its time."""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING

from trunkline.errors import MeshError
from trunkline.storage.sqlite import compaction, expiry
from trunkline.storage.sqlite.bucket import compact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.clock import Clock
    from trunkline.storage.sqlite.bucket import Store

_log = logging.getLogger(__name__)
_EVERY = 1.0  # seconds between two looks for what has expired
_ROUNDS = 24  # looks for old history within the time that history is kept


class Sweeper:
    """Looks once a second, by `sleep`. Keeps history for `history` seconds of `clock`."""

    def __init__(self, clock: Clock, *, history: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._clock = clock
        self._history = history
        self._sleep = sleep
        self._next = clock.monotonic()

    def start(self, store: Store) -> Callable[[], Awaitable[None]]:
        """Begin; return what ends it."""
        # Context(): it outlives whatever the store is opened in, and has no deadline or trace from there.
        task = asyncio.create_task(self._keep(store), context=Context())

        async def stop() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        return stop

    async def _keep(self, store: Store) -> None:
        while True:
            await self._sleep(_EVERY)
            try:
                await self._expire(store)
                await self._forget(store)
            except MeshError as error:
                _log.warning("sweep of the store is put off: %s", error)

    async def _expire(self, store: Store) -> None:
        more = await store.read(partial(expiry.due, now=self._clock.time()))
        while more:
            more = await store.write(expiry.sweep)

    async def _forget(self, store: Store) -> None:
        if self._clock.monotonic() < self._next:
            return
        self._next = self._clock.monotonic() + self._history / _ROUNDS
        for name, before in await store.read(partial(compaction.aged, horizon=self._clock.time() - self._history)):
            await compact(store, name, before)
