"""What one transaction of the writer does: many commits, each with a revision of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trunkline.errors import Aborted
from trunkline.storage.ports import ABSENT, Change, Changed
from trunkline.storage.sqlite import buckets
from trunkline.storage.sqlite.records import Record, append, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from trunkline.storage.ports import Write
    from trunkline.storage.sqlite.buckets import State


class Transaction:
    """Open on `connection` at the time `now`. `changes` are the commits in it, each with the bucket it was made to."""

    def __init__(self, connection: apsw.Connection, now: float) -> None:
        self.connection = connection
        self.now = now
        self.changes: list[tuple[str, Change]] = []
        self._states: dict[str, State] = {}
        self._before: dict[str, State] = {}

    def state(self, name: str) -> State:
        """Return where the bucket `name` stands within this transaction."""
        if name not in self._states:
            self._states[name] = self._before[name] = buckets.load(self.connection, name)
        return self._states[name]

    def compacted(self, name: str, revision: int) -> None:
        """Note that of the bucket `name` only the history after `revision` is kept."""
        self._states[name] = replace(self.state(name), compacted=revision)

    def commit(self, name: str, writes: Sequence[Write]) -> int:
        """Do `writes`, return the revision. Raises Aborted (`REVISION_DIFFERS`), and has then written nothing.

        What takes away only what is not there is no change and makes no revision.
        """
        pointers = [self._pointer(name, write) for write in writes]
        effective = [
            (write, pointer)
            for write, pointer in zip(writes, pointers, strict=True)
            if write.value is not None or self._there(name, write.key, pointer)
        ]
        if not effective:
            return self.state(name).revision
        state = self._advance(name)
        for write, pointer in effective:
            self._write(state, write, pointer)
        change = Change(state.revision, tuple(Changed(write.key, write.value) for write, _ in effective))
        self.changes.append((name, change))
        return state.revision

    def finish(self) -> None:
        """Store how far the buckets have come: the last thing before the transaction is committed."""
        for name, state in self._states.items():
            if state != self._before[name]:
                buckets.save(self.connection, state)

    def _pointer(self, name: str, write: Write) -> int:
        """Return the id of the record that stands for a key, 0 for none, after a look at what its writer expects."""
        bucket = self.state(name).id
        row = self.connection.execute("SELECT log FROM kv WHERE bucket = ? AND key = ?", (bucket, write.key)).fetchone()
        pointer: int = row[0] if row else 0
        if write.expect is not None:
            there = self._standing(name, write.key, pointer)
            found = there.revision if there and there.stands(self.now) else ABSENT
            if found != write.expect:
                raise _differs(write, found)
        return pointer

    def _there(self, name: str, key: str, pointer: int) -> bool:
        there = self._standing(name, key, pointer)
        return there is not None and there.value is not None

    def _standing(self, name: str, key: str, pointer: int) -> Record | None:
        if not pointer:
            return None
        return standing(self.connection, pointer, bucket=self.state(name).id, name=name, key=key)

    def _advance(self, name: str) -> State:
        state = self.state(name)
        if not state.id:
            state = self._before[name] = buckets.create(self.connection, name)
        self._states[name] = state = replace(state, revision=state.revision + 1)
        return state

    def _write(self, state: State, write: Write, pointer: int) -> None:
        expires = None if write.ttl is None or write.value is None else self.now + write.ttl
        new = Record(state.revision, pointer, write.key, write.value, self.now, expires)
        self.connection.execute(
            "INSERT INTO kv(bucket, key, log, expires) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT(bucket, key) DO UPDATE SET log = ?3, expires = ?4",
            (state.id, write.key, append(self.connection, state.id, new), expires),
        )


def _differs(write: Write, found: int) -> Aborted:
    wanted, there = (f"revision {one}" if one else "no entry" for one in (write.expect, found))
    return Aborted(
        "REVISION_DIFFERS",
        f"{write.key!r} has {there}, not {wanted}: read it again and decide anew",
        metadata={"key": write.key, "revision": str(found)},
    )
