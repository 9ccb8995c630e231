"""One record of the log, and how damage to it is found."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from trunkline.storage.sqlite.faults import damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

# The key as bytes: a damaged one may be no text any more.
COLUMNS = "log.revision, log.previous, CAST(log.key AS BLOB), log.value, log.at, log.expires, log.checksum"
_ONE = f"SELECT {COLUMNS} FROM log WHERE id = ?"  # noqa: S608 - constants
_HEAD = struct.Struct(">qqqdd?")


@dataclass(frozen=True, slots=True)
class Record:
    """What one commit did to one key. `previous` is the id of the record before it of the same key, 0 for none.

    `value` None: it was deleted. `at` and `expires` are seconds since the epoch.
    """

    revision: int
    previous: int
    key: str
    value: bytes | None
    at: float
    expires: float | None

    def stands(self, now: float) -> bool:
        """Whether there is an entry at `now`: neither deleted nor expired."""
        return self.value is not None and (self.expires is None or self.expires > now)


def checksum(
    bucket: int, revision: int, previous: int, key: bytes, value: bytes | None, at: float, expires: float | None, /
) -> int:
    """Return the CRC-32 of a record; it covers every column and what the record belongs to."""
    head = _HEAD.pack(bucket, revision, previous, at, -1.0 if expires is None else expires, value is None)
    return crc32(value or b"", crc32(key, crc32(head)))


def record(row: Sequence[Any], *, bucket: int, name: str, path: str, key: str = "") -> Record:
    """Return the record in `row` (`COLUMNS`). Raises DataLoss (`STORE_CORRUPT`) where it is not what was written.

    `key`: whose record it must be.
    """
    try:
        sound = checksum(bucket, *row[:-1]) == row[-1]
    except (TypeError, struct.error):
        sound = False  # the damage made another type of a column
    if not sound or (key and row[2] != key.encode()):
        shown = key or (row[2].decode("utf-8", "replace") if isinstance(row[2], bytes) else "?")
        raise damaged(path, "its checksum does not hold", bucket=name, key=shown)
    return Record(row[0], row[1], row[2].decode(), row[3], row[4], row[5])


def find(connection: apsw.Connection, place: int, *, bucket: int, name: str, key: str) -> Record | None:
    """Return the record of `key` with the id `place`, None where there is none. Raises as `record` does."""
    row = connection.execute(_ONE, (place,)).fetchone()
    return record(row, bucket=bucket, name=name, path=connection.filename, key=key) if row else None


def standing(connection: apsw.Connection, place: int, *, bucket: int, name: str, key: str) -> Record:
    """Return the record of `key` with the id `place`, which must be there. Raises as `record` does."""
    found = find(connection, place, bucket=bucket, name=name, key=key)
    if found is None:
        raise damaged(connection.filename, "its record is gone", bucket=name, key=key)
    return found


def append(connection: apsw.Connection, bucket: int, new: Record) -> int:
    """Add `new` to the log; return its id."""
    key = new.key.encode()
    crc = checksum(bucket, new.revision, new.previous, key, new.value, new.at, new.expires)
    connection.execute(
        "INSERT INTO log(bucket, revision, previous, key, value, at, expires, checksum) VALUES (?,?,?,?,?,?,?,?)",
        (bucket, new.revision, new.previous, new.key, new.value, new.at, new.expires, crc),
    )
    return connection.last_insert_rowid()
