"""One server for one file: a lock that the system lets go when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Self

from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """Holds `path` until it is left. Raises FailedPrecondition (`STORE_LOCKED`) where another holds it."""

    def __init__(self, path: Path) -> None:
        # Not the database itself: closing any descriptor of it would drop SQLite's own locks.
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise FailedPrecondition(
                "STORE_LOCKED",
                f"the process {holder} holds {path}: stop it, or give this server a data directory of its own",
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The file stays: taking it away would let two hold two files of one name.
        os.close(self._file)
