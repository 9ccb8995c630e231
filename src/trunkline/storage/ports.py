"""The port that durable state stands on. An engine implements it and imports nothing to do so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

ABSENT = 0
"""As `expect`: the key must not be there."""

MAX_KEY = 1_024
"""Bytes of a key in UTF-8. A key is text, not empty and without NUL."""

MAX_VALUE = 1 << 20
"""Bytes of one value."""

MAX_WRITES = 1_000
"""Writes of one commit."""

MAX_COMMIT = 4 << 20
"""Bytes of all values of one commit."""


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
    """A bucket of named values. A commit has one revision, one higher than the last; a refused commit leaves no trace.

    A bucket begins empty, at revision 0. What has expired is absent to all methods, whether it was swept or not.

    Any method raises `Unavailable` (`STORE_CLOSED`) once its store is closed, `ResourceExhausted` (`STORE_FULL`) where
    the disk is full, or (`STORE_BUSY`) where too many operations wait, `DataLoss` (`STORE_CORRUPT`) where what was
    stored cannot be trusted, and `Unavailable` (`STORE_FAILED`) where the disk fails: a write may then stand or not.
    """

    async def get(self, key: str) -> Reading:
        """Return the entry under `key`."""
        ...

    async def put(self, key: str, value: bytes, *, expect: int | None = None, ttl: float | None = None) -> int:
        """Store `value`; return the revision. Raises Aborted (`REVISION_DIFFERS`) where `expect` does not hold.

        Its metadata are the `key` and the `revision` it has, `0` where it is absent. Raises InvalidArgument
        (`WRITE_INVALID`) for what is past the bounds above.
        """
        ...

    async def delete(self, key: str, *, expect: int | None = None) -> int:
        """Take `key` away; return the commit's revision. Raises as `put` does.

        An absent key is no fault and no change: the revision is that of the last commit.
        """
        ...

    async def commit(self, writes: Sequence[Write]) -> int:
        """Do all of `writes`, or none; return the revision. Raises as `put` does, naming the key.

        Each key once. Where there is nothing to change, the revision is that of the last commit.
        """
        ...

    def watch(self, prefix: str = "", *, since: int | None = None) -> AsyncGenerator[Change]:
        """Yield what is committed under `prefix` after the revision `since` (None: after now), in order, without gaps.

        A bookmark comes as soon as all there was has been yielded, and after each quiet period. Close it to end it.
        Raises OutOfRange (`COMPACTED`, with the metadata `compacted`, the lowest revision to go on from) where `since`
        is before the kept history, or (`REVISION_UNKNOWN`) where it was never made: take a snapshot and go on from
        that. Raises ResourceExhausted (`WATCH_OVERFLOW`) where the reader fell too far behind: it may go on from the
        last revision it has.
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
