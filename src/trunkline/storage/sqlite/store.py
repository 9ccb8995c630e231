"""One file with buckets in it, open in this process alone."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from trunkline.storage.sqlite import buckets, schema
from trunkline.storage.sqlite.bucket import Bucket
from trunkline.storage.sqlite.faults import fault
from trunkline.storage.sqlite.feed import Hub
from trunkline.storage.sqlite.groups import News, Writing, reading
from trunkline.storage.sqlite.keys import check_key
from trunkline.storage.sqlite.lock import Lock
from trunkline.storage.sqlite.sweeper import Sweeper
from trunkline.storage.sqlite.worker import Worker, closed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager

    import apsw

    from trunkline.clock import Clock
    from trunkline.storage.sqlite.transaction import Transaction

QUIET = 30.0  # seconds without a change after which a watcher gets a bookmark
ROOM = 4 << 20  # bytes that a watcher may be behind
HISTORY = 86_400.0  # seconds that history is kept


class SqliteStore:
    """The file at a path, made where it is missing, readable by its owner alone.

        async with SqliteStore.open(path, clock=SystemClock()) as store:
            identity = store.bucket("identity")

    A commit is on the disk when it returns. Leaving waits for what was taken.
    """

    def __init__(self, path: Path, *, clock: Clock, quiet: float, room: int, sweeper: Sweeper) -> None:
        self.clock = clock
        self.quiet = quiet
        self.room = room
        self.overflows = 0
        self._path = path
        self._sweeper = sweeper
        self._hubs: dict[str, Hub] = {}
        self._writer: Worker[Transaction] = Worker(
            "store-write", partial(_writing, path), Writing(clock), self._publish
        )
        self._reader: Worker[apsw.Connection] = Worker("store-read", partial(_reading, path), reading)
        self._stack = AsyncExitStack()

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock,
        quiet: float = QUIET,
        room: int = ROOM,
        history: float = HISTORY,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> SqliteStore:
        """Return the store to enter.

        A watcher gets a bookmark after `quiet` seconds and may be `room` bytes behind. History is kept for `history`
        seconds. `sleep` paces the sweep. Entering raises FailedPrecondition (`STORE_LOCKED`, `SCHEMA_NEWER`,
        `STORE_FOREIGN`), DataLoss (`STORE_CORRUPT`) and Unavailable (`STORE_FAILED`).
        """
        sweeper = Sweeper(clock, history=history, sleep=sleep)
        return cls(Path(path).absolute(), clock=clock, quiet=quiet, room=room, sweeper=sweeper)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException as error:
            await self._stack.aclose()
            if isinstance(error, Exception) and (told := fault(error, str(self._path))) is not error:
                raise told from error
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in (self._writer, self._reader):
            worker.refuse()
        await self._stack.aclose()

    def bucket(self, name: str) -> Bucket:
        """Return the bucket `name`; it need not exist. Raises InvalidArgument (`WRITE_INVALID`) for what is no name."""
        check_key(name)
        return Bucket(name, self, self._hub(name))

    def read(self, run: Callable[[apsw.Connection], Any], /) -> asyncio.Future[Any]:
        """Have `run` done by the thread that reads."""
        return self._reader.submit(run)

    def write(self, run: Callable[[Transaction], Any], /) -> asyncio.Future[Any]:
        """Have `run` done by the thread that writes, in the next transaction."""
        return self._writer.submit(run)

    @property
    def refusals(self) -> int:
        """How many operations were refused as `STORE_BUSY`."""
        return self._writer.refusals + self._reader.refusals

    async def _start(self) -> None:
        await self._writer.start()
        self._stack.push_async_callback(self._finish, self._writer)
        # Its connection is closed first, so that the writer's is the last and empties the WAL into the file.
        await self._reader.start()
        self._stack.push_async_callback(self._reader.close)
        for state in await self.read(buckets.every):
            self._hub(state.name).revision = state.revision
        self._stack.push_async_callback(self._sweeper.start(self))

    async def _finish(self, writer: Worker[Transaction]) -> None:
        await writer.close()
        for hub in self._hubs.values():
            hub.end(closed())

    def _hub(self, name: str) -> Hub:
        return self._hubs.setdefault(name, Hub())

    def _publish(self, news: News) -> None:
        for name, change in news:
            self.overflows += self._hub(name).publish(change)


@contextmanager
def _writing(path: Path) -> Iterator[apsw.Connection]:
    """Own the file for as long as there is a connection that writes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Lock(path.with_name(f"{path.name}.lock")):
        # Made here and not by SQLite, which takes the mode of -wal and -shm from it.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
        os.close(descriptor)
        with closing(schema.writing(str(path))) as connection:
            yield connection


def _reading(path: Path) -> AbstractContextManager[apsw.Connection]:
    return closing(schema.reading(str(path)))
