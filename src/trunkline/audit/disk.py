"""The few things done to a disk: append and be sure of it, or leave the file as it was."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from trunkline.errors import MeshError, ResourceExhausted, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What the file is as such, its times, need not be on disk; not every system tells the two apart.
_sync = getattr(os, "fdatasync", os.fsync)


def open_private(path: Path, flags: int) -> int:
    """Open a file, made where there is none, that its owner alone may read. Its name is on disk when this returns."""
    fresh = not path.exists()
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if fresh:
        sync_folder(path.parent)
    return descriptor


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(descriptor: int, data: bytes) -> None:
    """Write `data` behind all there is, and return when it is on disk. What fails leaves no part of it there.

    Raises OSError, and `Spoilt` where a part may have stayed.
    """
    before = os.fstat(descriptor).st_size
    try:
        write_all(descriptor, data)
        _sync(descriptor)
    except OSError:
        _undo(descriptor, before)
        raise


class Spoilt(OSError):
    """A file whose end is not known any more."""


def replace(descriptor: int, data: bytes) -> None:
    """Write `data` over a file that is as long, or empty, and return when it is on disk."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, data)
    _sync(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, in as many goes as it takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def failed(error: OSError, path: Path) -> MeshError:
    """Return the error for a write to `path` that failed."""
    if error.errno in _FULL and not isinstance(error, Spoilt):
        message = f"no space is left for the audit log in {path.parent}: make room, and it goes on by itself"
        return ResourceExhausted("AUDIT_FULL", message)
    return Unavailable("AUDIT_UNWRITABLE", f"the audit log {path} cannot be written: {error.strerror or error}")


def _undo(descriptor: int, size: int) -> None:
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    except OSError as error:
        raise Spoilt(error.errno, f"{os.strerror(error.errno or 0)}, and half a line may have stayed") from error
