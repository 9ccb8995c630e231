"""Entries whose time is over: nobody is shown one, and a sweep takes them away so that watchers see them go."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from trunkline.storage.ports import Write
from trunkline.storage.sqlite.records import COLUMNS, checksum

if TYPE_CHECKING:
    import apsw

    from trunkline.storage.sqlite.transaction import Transaction

_SLICE = 200  # entries of one commit


def due(connection: apsw.Connection, now: float) -> bool:
    """Whether there is anything to sweep at `now`."""
    return connection.execute("SELECT 1 FROM kv WHERE expires <= ? LIMIT 1", (now,)).fetchone() is not None


def sweep(transaction: Transaction) -> bool:
    """Delete a slice of what has expired, one commit for each bucket; return whether there may be more."""
    rows: list[Any] = transaction.connection.execute(
        f"SELECT kv.bucket, buckets.name, {COLUMNS} FROM kv JOIN buckets ON buckets.id = kv.bucket"  # noqa: S608 - a constant
        " JOIN log ON log.id = kv.log WHERE kv.expires <= ? ORDER BY kv.expires LIMIT ?",
        (transaction.now, _SLICE),
    ).fetchall()
    gone: dict[str, list[Write]] = {}
    for bucket, name, *row in rows:
        if _expired(bucket, row, transaction.now):
            gone.setdefault(name, []).append(Write(row[2].decode(), None))
    for name, writes in gone.items():
        transaction.commit(name, writes)
    return len(rows) == _SLICE and bool(gone)


def _expired(bucket: int, row: list[Any], now: float) -> bool:
    """Whether the record itself says so. A damaged one stays for its reader to find."""
    try:
        sound = checksum(bucket, *row[:-1]) == row[-1]
    except (TypeError, struct.error):
        return False
    return sound and row[5] is not None and row[5] <= now
