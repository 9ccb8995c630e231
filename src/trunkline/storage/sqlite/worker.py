"""A thread with a connection of its own: the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from trunkline.errors import ResourceExhausted, Unavailable
from trunkline.storage.sqlite.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    import apsw

Given = TypeVar("Given")
T = TypeVar("T")

WAITING = 8_192  # jobs that may wait; then callers are told to come back
GROUP = 512  # jobs of one transaction
_PAUSE = 0.1  # seconds until a queue of that length has moved on


@dataclass(frozen=True, slots=True)
class Job(Generic[Given]):
    """What a caller wants done: `run`, with what the thread gives it, and where the outcome goes."""

    run: Callable[[Given], Any]
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: `error`, or else `result`."""

    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Worker(Generic[Given]):
    """Runs jobs in the order they came, in groups: what came while one group ran is the next.

    `connect` opens the connection in the thread, which leaves it in the end. `work(connection, jobs)` runs a group
    there and returns the outcomes with news; `settled(news)` is called on the loop before any caller hears.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], AbstractContextManager[apsw.Connection]],
        work: Callable[[apsw.Connection, Sequence[Job[Given]]], tuple[list[Outcome], Any]],
        settled: Callable[[Any], None] = lambda _: None,
    ) -> None:
        self.refusals = 0
        self._name = name
        self._connect = connect
        self._work = work
        self._settled = settled
        self._queue: SimpleQueue[Job[Given] | None] = SimpleQueue()
        self._pending = 0
        self._open = False

    async def start(self) -> None:
        """Open the connection. Raises what `connect` raises."""
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        started = self._loop.create_future()
        Thread(target=self._run, args=(started,), name=self._name, daemon=True).start()
        try:
            await started
        except BaseException:
            self._queue.put(None)  # who gave up waiting leaves no thread and no lock behind
            raise
        self._open = True

    def submit(self, run: Callable[[Given], T]) -> asyncio.Future[T]:
        """Have `run` done; await what is returned for its outcome. Who gives up waiting does not undo it.

        Raises Unavailable (`STORE_CLOSED`) and ResourceExhausted (`STORE_BUSY`).
        """
        if not self._open:
            raise closed()
        if self._pending >= WAITING:
            self.refusals += 1
            raise ResourceExhausted("STORE_BUSY", f"{WAITING} operations wait already: slow down", retry_after=_PAUSE)
        future: asyncio.Future[T] = self._loop.create_future()
        self._pending += 1
        self._queue.put(Job(run, future))
        return future

    def refuse(self) -> None:
        """Take no more jobs; those taken are still done."""
        self._open = False

    async def close(self) -> None:
        """Do what was taken, then close the connection."""
        self.refuse()
        self._queue.put(None)
        await self._ended

    def _run(self, started: asyncio.Future[None]) -> None:
        waiting = started
        try:
            with self._connect() as connection:
                self._loop.call_soon_threadsafe(_settle, Outcome(started))
                waiting = self._ended
                while jobs := self._next():
                    outcomes, news = self._work(connection, jobs)
                    self._loop.call_soon_threadsafe(self._deliver, outcomes, news)
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who waits gets it
            self._loop.call_soon_threadsafe(_settle, Outcome(waiting, error=error))
        else:
            self._loop.call_soon_threadsafe(_settle, Outcome(waiting))

    def _next(self) -> list[Job[Given]]:
        """Wait for a job and return it with those that came meanwhile; nothing once the last was done."""
        jobs: list[Job[Given]] = []
        while len(jobs) < GROUP:
            try:
                job = self._queue.get(block=not jobs)
            except Empty:
                break
            if job is None:
                if jobs:
                    self._queue.put(None)  # nothing comes after it: the next group is the empty one
                break
            jobs.append(job)
        return jobs

    def _deliver(self, outcomes: Sequence[Outcome], news: Any) -> None:
        self._pending -= len(outcomes)
        self._settled(news)
        for outcome in outcomes:
            _settle(outcome)


def attempt(job: Job[Given], given: Given, path: str) -> Outcome:
    """Run one job; its outcome is what it returned or raised."""
    try:
        return Outcome(job.future, job.run(given))
    except Exception as error:  # noqa: BLE001 - it is raised where the caller awaits
        return Outcome(job.future, error=fault(error, path))


def closed() -> Unavailable:
    """Return what callers of a closed store get."""
    return Unavailable("STORE_CLOSED", "the store is closed: its server is shutting down")


def _settle(outcome: Outcome) -> None:
    if outcome.future.done():
        return  # its caller was cancelled
    if outcome.error is not None:
        outcome.future.set_exception(outcome.error)
    else:
        outcome.future.set_result(outcome.result)
