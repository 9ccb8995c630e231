"""Questions to the file, each answered within one read transaction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from trunkline.errors import OutOfRange
from trunkline.storage.ports import Change, Changed, Entry, Reading, Snapshot
from trunkline.storage.sqlite import buckets
from trunkline.storage.sqlite.faults import damaged
from trunkline.storage.sqlite.keys import beyond
from trunkline.storage.sqlite.records import COLUMNS, Record, find, record, standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import apsw

    from trunkline.storage.sqlite.buckets import State

_ROWS = 1_000
_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the history: `changes` up to the revision `end`. `more`: it goes on."""

    end: int
    changes: tuple[Change, ...]
    more: bool


def get(connection: apsw.Connection, name: str, key: str, now: float) -> Reading:
    """Return the entry under `key`."""
    state = buckets.load(connection, name)
    found = _standing(connection, state, key)
    entry = Entry(key, found.value, found.revision) if found and found.value is not None and found.stands(now) else None
    return Reading(state.revision, entry)


def snapshot(connection: apsw.Connection, name: str, prefix: str, now: float) -> Snapshot:
    """Return all entries under `prefix`, by key."""
    state = buckets.load(connection, name)
    rows = connection.execute(
        f"SELECT {COLUMNS}, log.key IS kv.key FROM kv LEFT JOIN log ON log.id = kv.log"  # noqa: S608 - a constant
        " WHERE kv.bucket = ? AND kv.key >= ? AND (?3 IS NULL OR kv.key < ?3) ORDER BY kv.key",
        (state.id, prefix, beyond(prefix)),
    )
    records = (_checked(connection, state, row) for row in rows)
    entries = tuple(
        Entry(one.key, one.value, one.revision) for one in records if one.value is not None and one.stands(now)
    )
    return Snapshot(state.revision, entries)


def history(connection: apsw.Connection, name: str, key: str) -> tuple[Change, ...]:
    """Return what is kept of the changes of `key`, the oldest first."""
    state = buckets.load(connection, name)
    changes: list[Change] = []
    found = _standing(connection, state, key)
    while found and (found.revision > state.compacted):
        changes.append(Change(found.revision, (Changed(key, found.value),)))
        found = find(connection, found.previous, bucket=state.id, name=name, key=key)
    return tuple(reversed(changes))


def stretch(connection: apsw.Connection, name: str, prefix: str, since: int | None) -> Stretch:
    """Return what follows the revision `since` under `prefix`, or as much of it as is read at once.

    Raises OutOfRange (`COMPACTED`, `REVISION_UNKNOWN`).
    """
    state = buckets.load(connection, name)
    if since is None:
        return Stretch(state.revision, (), more=False)
    _in_range(state, since)
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM log WHERE bucket = ? AND revision > ? ORDER BY revision, id",  # noqa: S608 - a constant
        (state.id, since),
    )
    changes: list[Change] = []
    end, count, size = since, 0, 0
    for revision, records in _commits(connection, state, rows):
        if revision != end + 1:
            raise damaged(connection.filename, f"the revision {end + 1} is gone", bucket=name, key=prefix)
        end = revision
        if writes := tuple(Changed(one.key, one.value) for one in records if one.key.startswith(prefix)):
            changes.append(Change(revision, writes))
        count += len(records)
        size += sum(len(one.value or b"") for one in records)
        if count >= _ROWS or size >= _BYTES:
            break
    else:
        if end < state.revision:
            raise damaged(connection.filename, f"the revision {end + 1} is gone", bucket=name, key=prefix)
    return Stretch(end, tuple(changes), more=end < state.revision)


def _in_range(state: State, since: int) -> None:
    if since < state.compacted:
        raise OutOfRange(
            "COMPACTED",
            f"the history of {state.name} is kept after the revision {state.compacted}, {since} is before it: "
            "take a snapshot and go on from its revision",
            metadata={"compacted": str(state.compacted)},
        )
    if since > state.revision:
        raise OutOfRange(
            "REVISION_UNKNOWN",
            f"{state.name} is at the revision {state.revision}, {since} is not yet made; an older file was restored: "
            "take a snapshot and go on from its revision",
            metadata={"revision": str(state.revision)},
        )


def _commits(
    connection: apsw.Connection, state: State, rows: Iterator[Sequence[Any]]
) -> Iterator[tuple[int, list[Record]]]:
    path = connection.filename
    for _, together in groupby(rows, key=lambda row: row[0]):
        records = [record(row, bucket=state.id, name=state.name, path=path) for row in together]
        yield records[0].revision, records


def _standing(connection: apsw.Connection, state: State, key: str) -> Record | None:
    row = connection.execute("SELECT log FROM kv WHERE bucket = ? AND key = ?", (state.id, key)).fetchone()
    if row is None:
        return None
    return standing(connection, row[0], bucket=state.id, name=state.name, key=key)


def _checked(connection: apsw.Connection, state: State, row: Sequence[Any]) -> Record:
    found = record(row[:-1], bucket=state.id, name=state.name, path=connection.filename)
    if not row[-1]:
        raise damaged(connection.filename, "the index leads elsewhere", bucket=state.name, key=found.key)
    return found
