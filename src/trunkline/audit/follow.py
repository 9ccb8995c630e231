"""Reading logs as they grow."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from trunkline.audit.folder import lines
from trunkline.audit.record import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from trunkline.audit.folder import Series
    from trunkline.audit.record import Record


def records_of(logs: Iterable[Series]) -> Iterator[Record]:
    """Yield the records of several logs by their time. Raises OSError."""
    each = ((record for line in lines(log.files()) if (record := read(line.text)) is not None) for log in logs)
    return heapq.merge(*each, key=lambda record: record.time)


class Follower:
    """Reads what is new in logs, file by file, from where it stopped. `logs` returns those there are by then."""

    def __init__(self, logs: Callable[[], Sequence[Series]]) -> None:
        self._logs = logs
        self._offsets: dict[Path, int] = {}
        for path in self._files():
            self._offsets[path] = path.stat().st_size

    def more(self) -> list[Record]:
        """Return the records that were written whole since the last time, by their time. Raises OSError."""
        found = [record for path in self._files() for record in self._read(path)]
        return sorted(found, key=lambda record: record.time)

    def _files(self) -> list[Path]:
        return [path for log in self._logs() for path in log.files()]

    def _read(self, path: Path) -> Iterator[Record]:
        with path.open("rb") as file:
            file.seek(self._offsets.get(path, 0))
            whole = file.read().rpartition(b"\n")
        self._offsets[path] = self._offsets.get(path, 0) + len(whole[0]) + len(whole[1])
        texts = (text + b"\n" for text in whole[0].split(b"\n") if text)
        return iter([record for text in texts if (record := read(text)) is not None])
