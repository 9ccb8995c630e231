"""Entries whose time is over: nobody is shown one, and a sweep takes them away so that watchers see them go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.errors import DataLoss
from trunkline.storage.ports import Write
from trunkline.storage.sqlite.records import COLUMNS, record

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
        try:
            found = record(row, bucket=bucket, name=name, path=transaction.connection.filename)
        except DataLoss:
            continue  # it stays for its reader to find
        if not found.stands(transaction.now):
            gone.setdefault(name, []).append(Write(found.key, None))
    for name, writes in gone.items():
        transaction.commit(name, writes)
    return len(rows) == _SLICE and bool(gone)
