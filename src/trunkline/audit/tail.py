"""How the last writer of a log left it, and where the next one goes on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.audit import disk
from trunkline.audit.model import Event
from trunkline.audit.record import START, is_true, read
from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from pathlib import Path

    from trunkline.audit.folder import Series
    from trunkline.audit.record import Anchor, Head

OPENED = "audit.opened"
DAMAGED = "audit.damaged"
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Left:
    """Where to go on, and what the first record says about how it was left."""

    head: Head
    event: Event


def recover(series: Series, anchor: Anchor | None) -> Left:
    """Set a half-written last line aside, into a file that ends in `.torn`, and return where the chain goes on.

    A log whose end is not the one that the anchor names goes on behind the anchor, so that the gap stays to be found.
    Raises FailedPrecondition (`AUDIT_DAMAGED`) where neither the last line nor the anchor can be read.
    """
    files = series.files()
    torn = _set_aside(files[-1]) if files else 0
    last = _last_line(files)
    head = _head_of(last)
    if anchor is None and (head is None or not files):
        if files:
            message = f"the end of the audit log {files[-1]} and its anchor are damaged: move the folder out of the way"
            raise FailedPrecondition("AUDIT_DAMAGED", message)
        return Left(START, Event(kind=OPENED, outcome="noted", reason="NEW"))
    details = {"torn_bytes": str(torn)} if torn else {}
    if anchor is None:
        assert head is not None
        return Left(head, Event(kind=DAMAGED, outcome="noted", reason="ANCHOR_LOST", details=details))
    return _compared(anchor, head, details)


def head_at_end(path: Path) -> Head | None:
    """Return the chain behind the last line of a file; None where that is no true record, or there is none."""
    line = _last_line([path])
    return _head_of(line) if line else None


def beside(path: Path) -> Path:
    """Return where the torn lines of a file are kept."""
    return path.with_name(f"{path.name}.torn")


def _compared(anchor: Anchor, head: Head | None, details: dict[str, str]) -> Left:
    named = anchor.head
    if head is not None and (head == named or (head.sequence > named.sequence and not anchor.closed)):
        reason = "CLOSED" if anchor.closed else "KILLED"
        return Left(head, Event(kind=OPENED, outcome="noted", reason=reason, details=details))
    reason = "END_LOST" if head is None or head.sequence < named.sequence else "END_REPLACED"
    return Left(named, Event(kind=DAMAGED, outcome="noted", reason=reason, details=details))


def _head_of(line: bytes) -> Head | None:
    """Return the chain behind a last line, behind none at all where there is none; None where it is no true record."""
    if not line:
        return START
    record = read(line)
    return record.head if record is not None and is_true(line) else None


def _set_aside(path: Path) -> int:
    """Move what stands behind the last newline of a file into another; return how many bytes that were."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        rest = _after_last_newline(descriptor, size)
        if rest:
            _keep(beside(path), rest)
            os.ftruncate(descriptor, size - len(rest))
            os.fsync(descriptor)
        return len(rest)
    finally:
        os.close(descriptor)


def _keep(path: Path, rest: bytes) -> None:
    descriptor = disk.open_private(path, os.O_WRONLY | os.O_APPEND)
    try:
        disk.append(descriptor, rest + b"\n")
    finally:
        os.close(descriptor)


def _last_line(files: list[Path]) -> bytes:
    for path in reversed(files):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            if size:
                return _after_last_newline(descriptor, size - 1) + b"\n"
        finally:
            os.close(descriptor)
    return b""


def _after_last_newline(descriptor: int, end: int) -> bytes:
    """Return what stands before the offset `end` and behind the newline before it."""
    found = b""
    while end > 0 and b"\n" not in found:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start) + found
        end = start
    return found.rpartition(b"\n")[2]
