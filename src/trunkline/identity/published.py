"""The published key set, and those who watch it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from trunkline.identity.model import PublicKey


class Published:
    """The keys that may have signed a valid token. A watcher that is slow misses steps between, never the last set."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = tuple(keys)
        self._changed = asyncio.Event()

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """The set as it is."""
        return self._keys

    def replace(self, keys: Iterable[PublicKey]) -> None:
        """Publish `keys` as the whole set from now on."""
        self._keys = tuple(keys)
        self._changed.set()
        self._changed = asyncio.Event()

    async def watch(self, until: asyncio.Event) -> AsyncGenerator[tuple[PublicKey, ...]]:
        """Yield the set as it is, then each later one; end when `until` is set."""
        over = asyncio.create_task(until.wait())
        try:
            while not until.is_set():
                keys, changed = self._keys, self._changed
                yield keys
                await _first(over, changed)
        finally:
            over.cancel()


async def _first(over: asyncio.Task[Literal[True]], changed: asyncio.Event) -> None:
    change = asyncio.create_task(changed.wait())
    try:
        await asyncio.wait((over, change), return_when=asyncio.FIRST_COMPLETED)
    finally:
        change.cancel()
