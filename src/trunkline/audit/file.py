"""An audit log on disk, from the side of the one process that writes it. Everything here blocks: it has a thread."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from trunkline.audit import disk, tail
from trunkline.audit.chain import PRUNED
from trunkline.audit.folder import day_of
from trunkline.audit.model import Event
from trunkline.audit.record import START, Anchor, write
from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trunkline.audit.folder import Series
    from trunkline.audit.record import Head, Source

    At = float


class AuditFile:
    """Open for writing until `close`; whoever opens the same log meanwhile is refused.

    What an earlier writer left half written is set aside, and the first record says how it ended.
    """

    def __init__(self, series: Series, *, source: Source, now: float, retention_days: int) -> None:
        """Raise FailedPrecondition (`AUDIT_LOCKED`, `AUDIT_DAMAGED`), or what `append` raises."""
        self._series = series
        self._source = source
        self._retention = timedelta(days=retention_days)
        self._file: int | None = None
        self._day = date.min
        self._spoilt: disk.Spoilt | None = None
        self.head = START
        self.closed = False
        try:
            series.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._anchor = disk.open_private(series.anchor, os.O_RDWR)
        except OSError as error:
            raise disk.failed(error, series.anchor) from error
        try:
            self._lock()
            self._begin(now)
        except BaseException:
            os.close(self._anchor)
            raise

    def append(self, events: Sequence[tuple[Event, At]]) -> None:
        """Write events with their times, in seconds since the epoch, and return when they and the anchor are on disk.

        Raises ResourceExhausted (`AUDIT_FULL`) and Unavailable (`AUDIT_UNWRITABLE`). Then none of them is in the log,
        unless it was the anchor that could not be written.
        """
        try:
            if self._spoilt is not None:
                raise self._spoilt
            self._turn(events[-1][1])
            self._write(events)
        except OSError as error:
            # To write behind half a line would break the chain. The next start sets that aside.
            self._spoilt = error if isinstance(error, disk.Spoilt) else None
            raise disk.failed(error, self._current) from error

    def close(self) -> None:
        """Say in the anchor that this is the end, where it is known, and let go of the lock."""
        self.closed = True
        try:
            disk.replace(self._anchor, Anchor(self.head, closed=self._spoilt is None).line())
        except OSError as error:
            raise disk.failed(error, self._series.anchor) from error
        finally:
            os.close(self._anchor)
            self._release()

    @property
    def _current(self) -> Path:
        return self._series.file(self._day)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._anchor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another process writes the audit log {self._series.anchor}: each instance needs its own"
            raise FailedPrecondition("AUDIT_LOCKED", message) from None

    def _begin(self, now: float) -> None:
        try:
            anchor = self._series.read_anchor()
            left = tail.recover(self._series, anchor)
            files = self._series.files()
            if anchor is None:
                disk.replace(self._anchor, Anchor(left.head, closed=False).line())
        except OSError as error:
            raise disk.failed(error, self._series.anchor) from error
        self.head = left.head
        self._day = day_of(files[-1]) if files else date.min
        self.append([(left.event, now)])

    def _turn(self, now: float) -> None:
        """Go on in the file of the day. A clock that was set back does not lead back to an earlier file."""
        day = max(self._day, datetime.fromtimestamp(now, UTC).date())
        if day == self._day and self._file is not None:
            return
        self._release()
        self._day = day
        self._file = disk.open_private(self._current, os.O_WRONLY | os.O_APPEND)
        self._prune(now, before=day - self._retention)

    def _write(self, events: Sequence[tuple[Event, At]]) -> None:
        assert self._file is not None
        head, batch = self.head, []
        for event, at in events:
            line, head = write(event, head, at=at, source=self._source)
            batch.append(line)
        disk.append(self._file, b"".join(batch))
        self.head = head
        disk.replace(self._anchor, Anchor(head, closed=False).line())

    def _prune(self, now: float, *, before: date) -> None:
        """Remove the files of the days before one, the oldest first. Their records come first: they allow the gap.

        There is one for each file, so that whatever is left of them in the end begins where a record allows it.
        """
        old = [path for path in self._series.files() if day_of(path) < before]
        ends = [(path, head) for path in old if (head := tail.head_at_end(path)) is not None]
        if not ends or len(ends) < len(old):
            return
        self._write([(_pruned(path, head), now) for path, head in ends])
        for path, _ in ends:
            path.unlink()
            tail.beside(path).unlink(missing_ok=True)
        disk.sync_folder(self._series.folder)

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _pruned(path: Path, head: Head) -> Event:
    details = {"last": str(head.sequence), "hash": head.hash}
    return Event(kind=PRUNED, outcome="noted", what=path.name, details=details)
