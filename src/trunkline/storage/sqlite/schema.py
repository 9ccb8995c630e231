"""The file: its layout, its version, and what is looked at before it is trusted."""

from __future__ import annotations

from typing import Any

import apsw

from trunkline.errors import FailedPrecondition
from trunkline.storage.sqlite import buckets
from trunkline.storage.sqlite.faults import damaged

VERSION = 1
_APPLICATION = 0x54524B4C  # "TRKL", by which SQLite's file format tells whose a file is
_CHECKPOINT = 500  # pages of WAL; small and often keeps the longest commit short

_PATIENCE = 5_000  # milliseconds for another program that has the file open, as one that makes a backup does

# A value is stored once, in the log; kv says which record of the log stands. Where an entry was deleted, kv points to
# the record that says so until the history is compacted.
_LAYOUT = """
CREATE TABLE buckets(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, compacted INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE log(
    id INTEGER PRIMARY KEY, bucket INTEGER NOT NULL, revision INTEGER NOT NULL, previous INTEGER NOT NULL,
    key TEXT NOT NULL, value BLOB, at REAL NOT NULL, expires REAL, checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX log_revision ON log(bucket, revision);
CREATE TABLE kv(
    bucket INTEGER NOT NULL, key TEXT NOT NULL, log INTEGER NOT NULL, expires REAL, PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kv_expires ON kv(expires) WHERE expires IS NOT NULL;
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


def writing(path: str) -> apsw.Connection:
    """Open `path`, made where it is missing, for the one that writes.

    Raises FailedPrecondition (`SCHEMA_NEWER`, `STORE_FOREIGN`), DataLoss (`STORE_CORRUPT`) or what SQLite raises.
    """
    connection = apsw.Connection(path)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def reading(path: str) -> apsw.Connection:
    """Open `path` for one that never writes."""
    connection = apsw.Connection(path, apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(_PATIENCE)
    return connection


def _prepare(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(_PATIENCE)
    pragma = connection.pragma
    if pragma("application_id") != _APPLICATION:
        _create(connection)
    _check(connection)
    pragma("journal_mode", "wal")
    pragma("synchronous", "full")
    pragma("fullfsync", "on")  # macOS only: there, fsync alone leaves the data in the drive
    pragma("wal_autocheckpoint", _CHECKPOINT)


def _create(connection: apsw.Connection) -> None:
    if connection.pragma("schema_version") != 0:
        raise FailedPrecondition("STORE_FOREIGN", f"{connection.filename} is another program's: name another file")
    connection.pragma("page_size", 4096)
    with connection:
        connection.execute(_LAYOUT)
        connection.execute("INSERT INTO meta VALUES ('schema', ?)", (VERSION,))
        connection.pragma("application_id", _APPLICATION)


def _check(connection: apsw.Connection) -> None:
    path = connection.filename
    [version] = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone() or [0]
    if not isinstance(version, int):
        raise damaged(path, "it does not say which schema it has")
    if version > VERSION:
        raise FailedPrecondition(
            "SCHEMA_NEWER",
            f"{path} has the schema {version}, this version knows {VERSION}: run the one that wrote it",
        )
    if version < VERSION or _layout(connection) != _expected():
        raise damaged(path, "its layout is not the one that was made")
    if (found := connection.pragma("integrity_check", 1)) != "ok":
        raise damaged(path, str(found))
    buckets.every(connection)
    _check_index(connection)


def _check_index(connection: apsw.Connection) -> None:
    """Look for keys that kv has lost: they would be taken for absent, and no checksum be asked."""
    lost = connection.execute(
        "SELECT b.name, kv.key FROM kv LEFT JOIN buckets b ON b.id = kv.bucket LEFT JOIN log ON log.id = kv.log"
        " WHERE b.id IS NULL OR log.bucket IS NOT kv.bucket OR log.key IS NOT kv.key LIMIT 1"
    ).fetchone()
    if lost:
        raise damaged(connection.filename, "the index does not lead to its record", bucket=lost[0] or "?", key=lost[1])


def _layout(connection: apsw.Connection) -> list[Any]:
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchall()


def _expected() -> list[Any]:
    fresh = apsw.Connection(":memory:")
    fresh.execute(_LAYOUT)
    layout = _layout(fresh)
    fresh.close()
    return layout
