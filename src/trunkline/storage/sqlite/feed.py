"""Who watches a bucket hears of each commit once, in order, or is told that it fell behind."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trunkline.errors import ResourceExhausted
from trunkline.storage.ports import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.errors import MeshError

_PER_CHANGE = 200  # bytes that a change takes besides its keys and values


class Feed:
    """What one watcher has yet to read: at most `room` bytes, or a single change however big."""

    def __init__(self, prefix: str, room: int) -> None:
        self._prefix = prefix
        self._room = room
        self._queue: deque[tuple[Change, int]] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._end: MeshError | None = None

    def push(self, change: Change) -> bool:
        """Take what of `change` is under the prefix. False where there is no room: the feed has ended."""
        writes = tuple(one for one in change.writes if one.key.startswith(self._prefix))
        if not writes:
            return True
        size = _PER_CHANGE + sum(len(one.key) + len(one.value or b"") for one in writes)
        if self._queue and self._size + size > self._room:
            self._queue.clear()
            self.end(_overflow(self._room))
            return False
        self._queue.append((Change(change.revision, writes), size))
        self._size += size
        self._news.set()
        return True

    def end(self, error: MeshError) -> None:
        """Raise `error` once what is queued was read."""
        self._end = error
        self._news.set()

    async def next(self, quiet: float) -> Change | None:
        """Wait for the next change; None where `quiet` seconds passed without one. Raises what `end` was given."""
        if not self._queue and self._end is None:
            self._news.clear()
            try:
                async with asyncio.timeout(quiet):
                    await self._news.wait()
            except TimeoutError:
                # A change may have come in the same turn: a bookmark would then claim that it was read.
                if not self._queue and self._end is None:
                    return None
        if self._queue:
            change, size = self._queue.popleft()
            self._size -= size
            return change
        assert self._end is not None  # an event without a change is the end
        raise self._end


class Hub:
    """The feeds of one bucket. `revision` is the last commit they were told of."""

    def __init__(self, revision: int = 0) -> None:
        self.revision = revision
        self._feeds: set[Feed] = set()

    def publish(self, change: Change) -> int:
        """Tell all feeds of a commit; return how many had no room for it."""
        self.revision = change.revision
        full = [feed for feed in self._feeds if not feed.push(change)]
        self._feeds.difference_update(full)
        return len(full)

    @contextmanager
    def feed(self, prefix: str, room: int) -> Iterator[Feed]:
        """Hear of each commit from now on, as far as it is under `prefix`."""
        feed = Feed(prefix, room)
        self._feeds.add(feed)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)

    def end(self, error: MeshError) -> None:
        """End all feeds by `error`, after what they were told."""
        for feed in self._feeds:
            feed.end(error)


def _overflow(room: int) -> ResourceExhausted:
    return ResourceExhausted(
        "WATCH_OVERFLOW", f"the reader is more than {room} bytes behind: watch again since the last revision it has"
    )
