"""History is forgotten in slices, each a job of its own, so that no caller waits long behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trunkline.storage.sqlite import buckets

if TYPE_CHECKING:
    import apsw

    from trunkline.storage.sqlite.transaction import Transaction

_SLICE = 500  # records


@dataclass(frozen=True, slots=True)
class Place:
    """Between two records of the log: how far a compaction has come."""

    revision: int = 0
    id: int = 0


def begin(transaction: Transaction, name: str, before: int) -> int:
    """Refuse from now on to tell what came before the revision `before`; return the last revision to forget."""
    state = transaction.state(name)
    last = max(state.compacted, min(before - 1, state.revision))
    if last > state.compacted:
        transaction.compacted(name, last)
    return last


def proceed(transaction: Transaction, name: str, last: int, place: Place) -> Place | None:
    """Forget a slice of the history up to the revision `last`, after `place`; return where it ended, None at the end.

    A record that stands stays, unless what it says is that its key was deleted.
    """
    connection, bucket = transaction.connection, transaction.state(name).id
    rows: list[Any] = connection.execute(
        "SELECT log.revision, log.id, log.value IS NULL, kv.log IS log.id FROM log"
        " LEFT JOIN kv ON kv.bucket = log.bucket AND kv.key = log.key"
        " WHERE log.bucket = ? AND log.revision <= ? AND (log.revision, log.id) > (?, ?)"
        " ORDER BY log.revision, log.id LIMIT ?",
        (bucket, last, place.revision, place.id, _SLICE),
    ).fetchall()
    graves = [(bucket, one) for _, one, gone, stands in rows if gone and stands]
    connection.executemany(
        "DELETE FROM kv WHERE bucket = ?1 AND key = (SELECT key FROM log WHERE id = ?2) AND log = ?2", graves
    )
    connection.executemany(
        "DELETE FROM log WHERE id = ?", [(one,) for _, one, gone, stands in rows if gone or not stands]
    )
    return Place(rows[-1][0], rows[-1][1]) if len(rows) == _SLICE else None


def aged(connection: apsw.Connection, horizon: float) -> list[tuple[str, int]]:
    """Return each bucket that has history from before `horizon`, with the first revision that is not."""
    found = []
    for state in buckets.every(connection):
        row = connection.execute(
            "SELECT revision FROM log WHERE bucket = ? AND revision > ? AND at >= ? ORDER BY revision LIMIT 1",
            (state.id, state.compacted, horizon),
        ).fetchone()
        before = row[0] if row else state.revision + 1
        if before - 1 > state.compacted:
            found.append((state.name, before))
    return found
