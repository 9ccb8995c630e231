"""One CSV file of a data set, row by row, whatever is in it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from campus.journey.cells import Cells, Problem
from campus.journey.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

# Far above any row of the data set; what is longer is no row of it.
LONGEST_LINE = 65_536


@dataclass(frozen=True, slots=True)
class Source:
    """A file and the columns that are needed of it; others may be there too, in any order."""

    path: Path
    columns: Sequence[str]

    def rows(self) -> Iterator[tuple[int, Cells | Problem]]:
        """Yield the number of each line with its cells, or with what is wrong with it. Empty lines are passed over.

        A row is one line: the data set has no value that spans lines, so a lost quote spoils one row only.
        Raises Refused where the file cannot be read or lacks a column.
        """
        try:
            with self.path.open("rb") as file:
                lines = _lines(file)
                places, width = self._header(next(lines, None))
                for number, line in lines:
                    if isinstance(line, Problem):
                        yield number, line
                    elif line.strip():
                        yield number, _cells(line, places, width)
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror or error}") from None

    def _header(self, first: tuple[int, str | Problem] | None) -> tuple[dict[str, int], int]:
        if first is None:
            raise Refused(f"{self.path}: is empty")
        try:
            names = _split(first[1])
        except Problem as problem:
            raise Refused(f"{self.path}: header: {problem}") from None
        missing = [column for column in self.columns if names.count(column) != 1]
        if missing:
            wrong = "; ".join(f"{'two columns' if column in names else 'no column'} {column}" for column in missing)
            raise Refused(f"{self.path}: {wrong}")
        return {column: names.index(column) for column in self.columns}, len(names)


def _lines(file: BinaryIO) -> Iterator[tuple[int, str | Problem]]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            yield number, Problem(f"is longer than {LONGEST_LINE:,} bytes")
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            continue
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield number, Problem(f"is not UTF-8: byte {line[error.start]:#04x} at position {error.start + 1}")


def _split(line: str | Problem) -> list[str]:
    if isinstance(line, Problem):
        raise line
    if "\0" in line:
        raise Problem(f"has a NUL character at position {line.index(chr(0)) + 1}")
    try:
        return [value.strip() for value in next(csv.reader([line], strict=True), [])]
    except csv.Error as error:
        raise Problem(_plain(line, error)) from None


def _plain(line: str, error: csv.Error) -> str:
    # The words of the csv module are for who calls it, not for who wrote the file.
    if "\r" in line:
        return "has a line break inside a value"
    if line.count('"') % 2:
        return "has a quote that is not closed in its line"
    return f"is no row of CSV: {error}"


def _cells(line: str, places: dict[str, int], width: int) -> Cells | Problem:
    try:
        values = _split(line)
    except Problem as problem:
        return problem
    if len(values) != width:
        count = f"{len(values)} value{'' if len(values) == 1 else 's'}"
        return Problem(f"has {count} where the header has {width}")
    return Cells({column: values[place] for column, place in places.items()})
