"""The audit log of a process: a bounded queue, and one thread that writes what is in it.

Whoever arrives while a batch is being written joins the next, so that many share the wait for the disk.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trunkline.audit.file import AuditFile
from trunkline.audit.folder import Series
from trunkline.audit.model import Event
from trunkline.audit.record import Source
from trunkline.call import serving
from trunkline.errors import MeshError, ResourceExhausted, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from trunkline.clock import Clock

logger = logging.getLogger(__name__)

DROPPED = "audit.dropped"
_BATCH = 512


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: Event
    at: float
    written: asyncio.Future[None] | None = None


class AuditLog:
    """Takes the events of one process, on one event loop. Open it with `async with AuditLog.open(...) as audit`.

    `dropped` counts the events that were noted and could not be kept.
    """

    def __init__(self, file: AuditFile, *, clock: Clock, queue: int) -> None:
        self._file = file
        self._now = clock.time
        self._most = queue
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._untold = 0
        self._failing = False
        self.dropped = 0
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="audit", daemon=True)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        *,
        component: str,
        instance: int = 0,
        clock: Clock,
        retention_days: int = 400,
        queue: int = 4096,
    ) -> AsyncIterator[AuditLog]:
        """Open the log of an instance for writing; at the end of the block all that waits is written and it is closed.

        At most `queue` events wait. Raises FailedPrecondition (`AUDIT_LOCKED` where another process writes it,
        `AUDIT_DAMAGED`), ResourceExhausted (`AUDIT_FULL`), Unavailable (`AUDIT_UNWRITABLE`).
        """
        series, source = Series.of(folder, component, instance), Source(component, str(instance))
        file = await asyncio.to_thread(
            AuditFile, series, source=source, now=clock.time(), retention_days=retention_days
        )
        log = cls(file, clock=clock, queue=queue)
        log._thread.start()
        try:
            yield log
        finally:
            await log._close()

    async def write(self, event: Event, /) -> None:
        """Return once `event` is on disk.

        Raises ResourceExhausted (`AUDIT_FULL` where the disk is full, `AUDIT_BUSY` where too many wait) and Unavailable
        (`AUDIT_UNWRITABLE`, `AUDIT_CLOSED`). Who is cancelled does not know whether it was written.
        """
        written: asyncio.Future[None] = self._loop.create_future()
        with self._changed:
            if self._closed:
                raise Unavailable("AUDIT_CLOSED", "the audit log of this process is closed", refused=True)
            if len(self._waiting) >= self._most:
                message = f"{self._most} events wait to be written to the audit log"
                raise ResourceExhausted("AUDIT_BUSY", message, refused=True)
            self._put(event, written)
        await written

    def note(self, event: Event, /) -> None:
        """Take `event` to be written soon. Where the queue is full it is counted, and the log gets the count."""
        with self._changed:
            if self._closed or len(self._waiting) >= self._most:
                self._lose(1)
            else:
                self._put(event, None)

    def _put(self, event: Event, written: asyncio.Future[None] | None) -> None:
        call = serving.get()
        if call is not None and not event.trace_id:
            event = replace(event, trace_id=call.trace_id)
        self._waiting.append(_Waiting(event, self._now(), written))
        self._changed.notify()

    def _lose(self, count: int) -> None:
        self.dropped += count
        self._untold += count

    async def _close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                untold, self._untold = self._untold, 0
            if not batch and not untold:
                break
            self._write(batch, untold)
        self._finish()

    def _write(self, batch: Sequence[_Waiting], untold: int) -> None:
        events = [(one.event, one.at) for one in batch]
        if untold:
            lost = Event(kind=DROPPED, outcome="noted", reason="QUEUE_FULL", details={"count": str(untold)})
            events.insert(0, (lost, events[0][1] if events else self._now()))
        failure: MeshError | None = None
        try:
            self._file.append(events)
        except MeshError as error:
            failure = error
        except Exception as error:  # whoever waits hears of it, whatever it was  # noqa: BLE001
            failure = Unavailable("AUDIT_UNWRITABLE", f"the audit log cannot be written: {error!r}")
        self._tell(failure)
        with self._changed:
            if failure is not None:
                self._lose(sum(one.written is None for one in batch))
                self._untold += 0 if self._closed else untold
        waiters = [one.written for one in batch if one.written is not None]
        if waiters:
            with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
                self._loop.call_soon_threadsafe(_settle, waiters, failure)

    def _tell(self, failure: MeshError | None) -> None:
        """Log the first failure of several, and their end."""
        if failure is not None and not self._failing:
            logger.error("events are lost to the audit log: %s", failure.message)
        elif failure is None and self._failing:
            logger.warning("the audit log is written again")
        self._failing = failure is not None

    def _finish(self) -> None:
        try:
            self._file.close()
        except MeshError as error:
            logger.error("the end of the audit log is not marked: %s", error.message)  # noqa: TRY400 - known in words


def _settle(waiters: Sequence[asyncio.Future[None]], failure: MeshError | None) -> None:
    for one in waiters:
        if one.done():
            continue
        if failure is None:
            one.set_result(None)
        else:
            one.set_exception(failure)
