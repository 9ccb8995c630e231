"""The port KeyValue on the embedded engine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from trunkline.storage.ports import Change, Write
from trunkline.storage.sqlite import compaction, reads
from trunkline.storage.sqlite.keys import check, check_key

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Callable, Sequence
    from typing import Any

    import apsw

    from trunkline.clock import Clock
    from trunkline.storage.ports import Reading, Snapshot
    from trunkline.storage.sqlite.feed import Hub
    from trunkline.storage.sqlite.transaction import Transaction


class Store(Protocol):
    """What a bucket needs of its store."""

    clock: Clock
    quiet: float
    room: int

    def read(self, run: Callable[[apsw.Connection], Any], /) -> asyncio.Future[Any]:
        """Have `run` done by the one that reads."""
        ...

    def write(self, run: Callable[[Transaction], Any], /) -> asyncio.Future[Any]:
        """Have `run` done by the one that writes."""
        ...


class Bucket:
    """The bucket `name` of `store`; its watchers hear through `hub`."""

    def __init__(self, name: str, store: Store, hub: Hub) -> None:
        self._name = name
        self._store = store
        self._hub = hub

    async def get(self, key: str) -> Reading:
        """Return the entry under `key`."""
        check_key(key)
        clock = self._store.clock
        reading: Reading = await self._store.read(
            lambda connection: reads.get(connection, self._name, key, clock.time())
        )
        return reading

    async def put(self, key: str, value: bytes, *, expect: int | None = None, ttl: float | None = None) -> int:
        """Store `value`; return the revision."""
        return await self.commit([Write(key, value, expect, ttl)])

    async def delete(self, key: str, *, expect: int | None = None) -> int:
        """Take `key` away; return the revision."""
        return await self.commit([Write(key, None, expect)])

    async def commit(self, writes: Sequence[Write]) -> int:
        """Do all of `writes`, or none; return the revision."""
        taken = tuple(writes)
        check(taken)
        revision: int = await self._store.write(lambda transaction: transaction.commit(self._name, taken))
        return revision

    async def watch(self, prefix: str = "", *, since: int | None = None) -> AsyncGenerator[Change]:
        """Yield what is committed under `prefix` after the revision `since`."""
        position, behind = since, True
        while behind:
            # The feed is there before the file is read, so nothing falls between the two.
            with self._hub.feed(prefix, self._store.room) as feed:
                part = await self._store.read(partial(_stretch, name=self._name, prefix=prefix, since=position))
                for change in part.changes:
                    yield change
                position, behind = part.end, part.more
                if not behind:
                    yield Change(part.end, ())
                while not behind:
                    change = await feed.next(self._store.quiet)
                    if change is None:
                        yield Change(max(part.end, self._hub.revision), ())
                    elif change.revision > part.end:
                        yield change

    async def history(self, key: str) -> tuple[Change, ...]:
        """Return what is kept of the changes of `key`, the oldest first."""
        check_key(key)
        changes: tuple[Change, ...] = await self._store.read(
            lambda connection: reads.history(connection, self._name, key)
        )
        return changes

    async def snapshot(self, prefix: str = "") -> Snapshot:
        """Return all entries under `prefix`, as they were at one moment."""
        clock = self._store.clock
        snapshot: Snapshot = await self._store.read(
            lambda connection: reads.snapshot(connection, self._name, prefix, clock.time())
        )
        return snapshot

    async def compact(self, before: int) -> None:
        """Forget the history before the revision `before`; what stands now stays."""
        await compact(self._store, self._name, before)


async def compact(store: Store, name: str, before: int) -> None:
    """Forget, slice by slice, the history of the bucket `name` before the revision `before`."""
    last = await store.write(partial(compaction.begin, name=name, before=before))
    place: compaction.Place | None = compaction.Place()
    while place is not None:
        place = await store.write(partial(compaction.proceed, name=name, last=last, place=place))


def _stretch(connection: apsw.Connection, *, name: str, prefix: str, since: int | None) -> reads.Stretch:
    return reads.stretch(connection, name, prefix, since)
