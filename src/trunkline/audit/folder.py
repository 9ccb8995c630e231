"""The files of an audit log: where they lie, whose they are, and their lines in order.

The log of one component is a series of files, one for each day in UTC, that bear its name; instances other than the
first add their number: `accounts.2026-03-01.jsonl`, `accounts.1.2026-03-01.jsonl`. Beside them lies `accounts.anchor`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import TYPE_CHECKING

from trunkline.audit.chain import Line
from trunkline.audit.record import Anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_FILE = re.compile(r"(?P<name>[a-z0-9-]+(?:\.[0-9]+)?)\.(?P<day>\d{4}-\d{2}-\d{2})\.jsonl")
_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Series:
    """The log of one instance of a component."""

    folder: Path
    name: str

    @classmethod
    def of(cls, folder: Path, component: str, instance: int) -> Series:
        """Return the log of an instance."""
        return cls(folder, f"{component}.{instance}" if instance else component)

    @property
    def anchor(self) -> Path:
        """Where the anchor lies. It is never replaced, only written anew, so its lock is that of the log."""
        return self.folder / f"{self.name}.anchor"

    def file(self, day: date) -> Path:
        """Where the records of a day go."""
        return self.folder / f"{self.name}.{day.isoformat()}.jsonl"

    def files(self) -> list[Path]:
        """Return the files there are, the oldest first. Raises OSError where the folder cannot be read."""
        if not self.folder.exists():
            return []
        ours = [path for path in self.folder.iterdir() if _name_of(path) == self.name]
        return sorted(ours, key=lambda path: path.name)

    def read_anchor(self) -> Anchor | None:
        """Return what the anchor says; None where it is missing or says nothing that can be read."""
        return Anchor.of(self.anchor.read_bytes()) if self.anchor.exists() else None


def series_in(folder: Path) -> list[Series]:
    """Return the logs that lie in a folder, by name. Raises OSError where it cannot be read."""
    names = {_name_of(path) or path.name.removesuffix(".anchor") for path in folder.iterdir() if _is_ours(path)}
    return [Series(folder, name) for name in sorted(names)]


def series_of(path: Path) -> Series | None:
    """Return the log that a file belongs to; None where it bears no name of ours."""
    name = _name_of(path) or (path.name.removesuffix(".anchor") if _is_ours(path) else "")
    return Series(path.parent, name) if name else None


def day_of(path: Path) -> date:
    """Return the day whose records a file holds."""
    return date.fromisoformat(path.name.split(".")[-2])


def lines(files: Iterable[Path]) -> Iterator[Line]:
    """Yield the lines of the files in order. One that is too long to be a record comes in parts."""
    for path in files:
        with path.open("rb") as file:
            for number in count(1):
                text = file.readline(_MOST)
                if not text:
                    break
                yield Line(path.name, number, text)


def _name_of(path: Path) -> str:
    named = _FILE.fullmatch(path.name)
    if named is None:
        return ""
    try:
        date.fromisoformat(named["day"])
    except ValueError:
        return ""
    return named["name"]


def _is_ours(path: Path) -> bool:
    return bool(_name_of(path)) or path.suffix == ".anchor"
