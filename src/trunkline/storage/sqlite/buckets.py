"""How far each bucket is. A bucket exists from its first commit on; before that it is empty at revision 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from trunkline.storage.sqlite.faults import damaged

if TYPE_CHECKING:
    import apsw


@dataclass(frozen=True, slots=True)
class State:
    """`id` is 0 for a bucket not stored yet. The history after the revision `compacted` is kept."""

    id: int
    name: str
    revision: int = 0
    compacted: int = 0


def load(connection: apsw.Connection, name: str) -> State:
    """Return where the bucket `name` stands. Raises DataLoss (`STORE_CORRUPT`) where that is damaged."""
    row = connection.execute("SELECT id, revision, compacted, checksum FROM buckets WHERE name = ?", (name,)).fetchone()
    if row is None:
        return State(0, name)
    state = State(row[0], name, row[1], row[2])
    if row[3] != _checksum(state):
        raise damaged(connection.filename, "its revision cannot be trusted", bucket=name)
    return state


def create(connection: apsw.Connection, name: str) -> State:
    """Store a new bucket."""
    connection.execute("INSERT INTO buckets(name, revision, compacted, checksum) VALUES (?, 0, 0, 0)", (name,))
    state = State(connection.last_insert_rowid(), name)
    save(connection, state)
    return state


def save(connection: apsw.Connection, state: State) -> None:
    """Store where a bucket stands now."""
    connection.execute(
        "UPDATE buckets SET revision = ?, compacted = ?, checksum = ? WHERE id = ?",
        (state.revision, state.compacted, _checksum(state), state.id),
    )


def names(connection: apsw.Connection) -> list[str]:
    """Return the names of all buckets stored."""
    return [name for (name,) in connection.execute("SELECT name FROM buckets ORDER BY name")]


def _checksum(state: State) -> int:
    return crc32(f"{state.id} {state.name} {state.revision} {state.compacted}".encode())
