"""The file: its layout, its version, and what is looked at before it is trusted."""

from __future__ import annotations

import apsw

from trunkline.errors import FailedPrecondition
from trunkline.storage.sqlite.faults import damaged

VERSION = 1
_APPLICATION = 0x54524B4C  # "TRKL", by which SQLite's file format tells whose a file is
_CHECKPOINT = 500  # pages of WAL; small and often keeps the longest commit short

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
    return apsw.Connection(path, apsw.SQLITE_OPEN_READONLY)


def _prepare(connection: apsw.Connection) -> None:
    pragma = connection.pragma
    if pragma("application_id") != _APPLICATION:
        _create(connection)
    _check(connection)
    pragma("journal_mode", "wal")
    pragma("synchronous", "full")
    pragma("wal_autocheckpoint", _CHECKPOINT)


def _create(connection: apsw.Connection) -> None:
    if connection.pragma("schema_version") != 0:
        raise FailedPrecondition(
            "STORE_FOREIGN", f"{connection.filename} belongs to another program: name another file"
        )
    connection.pragma("page_size", 4096)
    with connection:
        connection.execute(_LAYOUT)
        connection.execute("INSERT INTO meta VALUES ('schema', ?)", (VERSION,))
        connection.pragma("application_id", _APPLICATION)


def _check(connection: apsw.Connection) -> None:
    path = connection.filename
    [version] = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone() or [0]
    if version > VERSION:
        raise FailedPrecondition(
            "SCHEMA_NEWER",
            f"{path} has the schema {version}, this version knows {VERSION}: run the one that wrote it",
        )
    if (found := connection.pragma("quick_check", 1)) != "ok":
        raise damaged(path, str(found))
    # What kv lost sight of would be taken for absent, and no checksum of a record would ever be asked.
    lost = connection.execute(
        "SELECT b.name, kv.key FROM kv LEFT JOIN buckets b ON b.id = kv.bucket LEFT JOIN log ON log.id = kv.log"
        " WHERE b.id IS NULL OR log.bucket IS NOT kv.bucket OR log.key IS NOT kv.key LIMIT 1"
    ).fetchone()
    if lost:
        raise damaged(path, "the index does not lead to its record", bucket=str(lost[0]), key=str(lost[1]))
