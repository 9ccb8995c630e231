"""What SQLite's errors mean to the mesh."""

from __future__ import annotations

import apsw

from trunkline.errors import DataLoss, ResourceExhausted, Unavailable

_PAUSE = 1.0  # seconds; a full disk does not empty itself at once
_DAMAGED = (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError)


def fault(error: Exception, path: str) -> Exception:
    """Return what `error`, met at the file `path`, is to the caller. What is no fault of a file stays what it is."""
    if isinstance(error, apsw.FullError):
        return ResourceExhausted(
            "STORE_FULL", f"no space left for {path}: free some; what is stored can be read", retry_after=_PAUSE
        )
    if isinstance(error, _DAMAGED):
        return damaged(path, str(error))
    if isinstance(error, apsw.Error | OSError):
        return Unavailable("STORE_FAILED", f"{path} cannot be read or written: {error}; see to the disk and its mode")
    return error


def damaged(path: str, cause: str, *, bucket: str = "", key: str = "") -> DataLoss:
    """Return the error for a file whose content cannot be trusted, or for one record of it."""
    place = {"path": path} | ({"bucket": bucket, "key": key} if bucket else {})
    what = f"{key!r} in the bucket {bucket} of {path}" if bucket else path
    return DataLoss(
        "STORE_CORRUPT",
        f"{what} is damaged: {cause}; restore a backup, or move the file and its -wal away to begin anew",
        metadata=place,
    )
