"""The good rows of one file by their key, and the keys of those that were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from campus.journey.cells import Cells, Problem
from campus.journey.rows import BadRow

if TYPE_CHECKING:
    from campus.journey.source import Source

K_co = TypeVar("K_co", covariant=True)
V_co = TypeVar("V_co", covariant=True)
K = TypeVar("K")
V = TypeVar("V")


class Table(Protocol[K_co, V_co]):
    """How the rows of one file are read. Both raise `Problem` where they cannot."""

    def key(self, cells: Cells) -> K_co:
        """Return what no two rows may share."""
        ...

    def value(self, cells: Cells) -> V_co:
        """Return what the row says."""
        ...


class Index(Generic[K, V]):
    """One file, read. `bad` are the rows that cannot be used, in the order of their lines."""

    def __init__(self, source: Source, table: Table[K, V]) -> None:
        self.file = source.path.name
        self.good: dict[K, V] = {}
        self.bad: list[BadRow] = []
        self._left_out: dict[K, str] = {}
        for line, cells in source.rows():
            try:
                self._add(table, cells, line)
            except Problem as problem:
                self.bad.append(BadRow(self.file, line, str(problem), problem.cause))

    def find(self, key: K, *, named: str) -> V:
        """Return the row under `key`. Raises `Problem` where there is none; `named` says in words what was sought."""
        if key in self.good:
            return self.good[key]
        if key in self._left_out:
            raise Problem(f"{named} has a bad row in {self.file}", self._left_out[key])
        raise Problem(f"{named} is not in {self.file}")

    def _add(self, table: Table[K, V], cells: Cells | Problem, line: int) -> None:
        if isinstance(cells, Problem):
            raise cells
        key = table.key(cells)
        if key in self.good:
            raise Problem("the same row again")
        try:
            self.good[key] = table.value(cells)
        except Problem as problem:
            self._left_out.setdefault(key, problem.cause or f"{self.file}:{line}")
            raise
