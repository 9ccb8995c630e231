"""How far each bucket is. A bucket exists from its first commit on; before that it is empty at revision 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from trunkline.storage.sqlite.faults import damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    row = connection.execute(
        "SELECT id, name, revision, compacted, checksum FROM buckets WHERE name = ?", (name,)
    ).fetchone()
    return _state(connection, row) if row else State(0, name)


def every(connection: apsw.Connection) -> list[State]:
    """Return where each bucket stands that was ever written. Raises as `load` does."""
    rows = connection.execute("SELECT id, name, revision, compacted, checksum FROM buckets ORDER BY id")
    return [_state(connection, row) for row in rows]


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


def _state(connection: apsw.Connection, row: Sequence[Any]) -> State:
    state = State(*row[:-1])
    if row[-1] != _checksum(state):
        raise damaged(connection.filename, "its revision cannot be trusted", bucket=state.name)
    return state


def _checksum(state: State) -> int:
    return crc32(f"{state.id} {state.name} {state.revision} {state.compacted}".encode())
