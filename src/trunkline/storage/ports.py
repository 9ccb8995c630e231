"""The port that durable state stands on. An engine implements it and imports nothing to do so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

ABSENT = 0
"""As `expect`: the key must not be there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key as it stands. `revision` is that of the commit which last wrote it."""

    key: str
    value: bytes = field(repr=False)
    revision: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a `get` found: `entry` None where the key is absent; `revision` that of the bucket at the time."""

    revision: int
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All entries of one moment, by key; `revision` that of the bucket at the time."""

    revision: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a commit: `value` None deletes.

    `expect` is the revision the key must have (`ABSENT`: none), None where any will do. `ttl` in seconds: the entry
    goes by itself after that, and watchers see it go.
    """

    key: str
    value: bytes | None = field(repr=False)
    expect: int | None = None
    ttl: float | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """One key that a commit wrote; `value` None where it is gone."""

    key: str
    value: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to the keys watched, never split. Empty: a bookmark, all up to `revision` was delivered."""

    revision: int
    writes: tuple[Changed, ...]


class KeyValue(Protocol):
    """A bucket of named values. A commit has one revision, one higher than the last; a failed commit leaves no trace.

    Any method raises `Unavailable` (`STORE_CLOSED`) once its store is closed, `ResourceExhausted` (`STORE_FULL`) where
    the disk is full and `DataLoss` (`STORE_CORRUPT`) where what was stored cannot be trusted.
    """

    async def get(self, key: str) -> Reading:
        """Return the entry under `key`."""
        ...

    async def put(self, key: str, value: bytes, *, expect: int | None = None, ttl: float | None = None) -> int:
        """Store `value`; return the revision. Raises Aborted (`REVISION_DIFFERS`) where `expect` does not hold."""
        ...

    async def delete(self, key: str, *, expect: int | None = None) -> int:
        """Take `key` away; return the commit's revision. Raises as `put` does. An absent key is no fault."""
        ...

    async def commit(self, writes: Sequence[Write]) -> int:
        """Do all of `writes`, or none; return the revision. Raises as `put` does, naming the key."""
        ...

    def watch(self, prefix: str = "", *, since: int | None = None) -> AsyncGenerator[Change]:
        """Yield what is committed under `prefix` after the revision `since` (None: after now), in order, without gaps.

        A bookmark comes at once and after each quiet period. Close it to end it. Raises OutOfRange (`COMPACTED`, with
        the metadata `compacted`) where `since` is before the kept history, and ResourceExhausted (`WATCH_OVERFLOW`)
        where the reader fell too far behind: it may go on from the last revision it has.
        """
        ...

    async def history(self, key: str) -> tuple[Change, ...]:
        """Return what is kept of the changes of `key`, the oldest first."""
        ...

    async def snapshot(self, prefix: str = "") -> Snapshot:
        """Return all entries under `prefix`, as they were at one moment."""
        ...

    async def compact(self, before: int) -> None:
        """Forget the history before the revision `before`; what stands now stays."""
        ...
