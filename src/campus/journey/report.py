"""What people are told of bad rows: the faults that are to be mended, then what follows from them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from campus.journey.rows import BadRow

SHOWN = 20
LINES = 3


def report(bad: Sequence[BadRow]) -> list[str]:
    """Return the lines that tell of bad rows: those at fault, one line for each that spoils others, and the counts.

    Rows of one file with the same fault share a line. Of each kind of line the first are shown, the others counted.
    """
    own = [row for row in bad if not row.cause]
    derived = [row for row in bad if row.cause]
    count = _counted(len(own), "bad row")
    if derived:
        count += f" and {_counted(len(derived), 'row')} that {'leans' if len(derived) == 1 else 'lean'} on them"
    return [*_first(_faults(own)), *_first(_spoilt(derived)), count]


def _faults(own: Iterable[BadRow]) -> Iterator[str]:
    same: dict[tuple[str, str], list[BadRow]] = {}
    for row in own:
        same.setdefault((row.file, row.problem), []).append(row)
    for row, *others in same.values():
        yield f"{row}{_same(others)}"


def _same(others: Sequence[BadRow]) -> str:
    if not others:
        return ""
    lines = ", ".join(str(row.line) for row in others[:LINES])
    more = f" and {len(others) - LINES:,} more" if len(others) > LINES else ""
    return f"; the same in line{'' if len(others) == 1 else 's'} {lines}{more}"


def _spoilt(derived: Iterable[BadRow]) -> Iterator[str]:
    causes: dict[str, Counter[str]] = {}
    for row in derived:
        causes.setdefault(row.cause, Counter())[row.file] += 1
    for cause, files in causes.items():
        spoilt = ", ".join(f"{_counted(count, 'row')} of {file}" for file, count in files.items())
        yield f"{cause} spoils {spoilt}"


def _first(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    if len(every) <= SHOWN:
        return every
    return [*every[:SHOWN], f"… and {len(every) - SHOWN:,} more like these"]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
