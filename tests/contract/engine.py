"""What the suite of the port needs of an engine under test."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from trunkline.storage.ports import Change, KeyValue
    from trunkline.testing import ManualClock


class Store(Protocol):
    def bucket(self, name: str) -> KeyValue: ...


class Engine(Protocol):
    """One place with data in it."""

    clock: ManualClock

    def open(self, *, quiet: float = 30.0, room: int = 1 << 20) -> AbstractAsyncContextManager[Store]:
        """Open the store; what was in it before is in it again."""
        ...

    async def sweep(self) -> None:
        """Wait until what has expired was swept."""
        ...


class Pace:
    """Stands in for `sleep`: who sleeps is woken by `round`, which returns when they sleep again."""

    def __init__(self) -> None:
        self._asleep = asyncio.Event()
        self._wake = asyncio.Event()

    async def sleep(self, _: float) -> None:
        self._asleep.set()
        await self._wake.wait()
        self._wake.clear()

    async def round(self) -> None:
        await self._asleep.wait()
        self._asleep.clear()
        self._wake.set()
        await self._asleep.wait()


async def told(kv: KeyValue, prefix: str = "", *, since: int | None = None) -> list[Change]:
    """What a watch yields up to its first bookmark."""
    changes = []
    async with aclosing(kv.watch(prefix, since=since)) as watch:
        async for change in watch:
            if not change.writes:
                return [*changes, change]
            changes.append(change)
    raise AssertionError("the watch has ended")
