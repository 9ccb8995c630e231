"""What the contract check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One rule broken in one place. `line` counts from 1 and is 0 where unknown; `file` is empty where unknown."""

    file: str
    line: int
    subject: str
    problem: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.subject}: {self.problem}; {self.mend}"


class Fault(NamedTuple):
    """A broken rule as its rule sees it. `path` leads from the judged descriptor to the place, as in SourceCodeInfo."""

    path: tuple[int, ...]
    problem: str
    mend: str
