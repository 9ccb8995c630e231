"""Proving logs on disk, also while somebody writes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.audit.chain import verify
from trunkline.audit.folder import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trunkline.audit.chain import Line, Verdict
    from trunkline.audit.folder import Series

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in a log, and how many good lines each of its files has before the first fault."""

    series: Series
    verdict: Verdict
    counts: Mapping[str, int]


def inspect(series: Series, *, told: Callable[[int], None]) -> Inspected:
    """Prove a log; `told` hears of every line how many bytes it has.

    The anchor is read before the lines, so that what is written meanwhile is more than it says, never less. Where the
    log changed in a way that makes it look wrong, such as a removal for age, it is read again. Raises OSError.
    """
    for _ in range(_TRIES):
        before = series.read_anchor()
        counts: Counter[str] = Counter()
        try:
            verdict = verify(_counted(series, counts, told), before, name=series.anchor.name)
        except FileNotFoundError:
            continue
        if verdict.fault is None or series.read_anchor() == before:
            break
    if verdict.fault is not None and verdict.fault.line:
        counts[verdict.fault.file] = verdict.fault.line - 1
    return Inspected(series, verdict, counts)


def _counted(series: Series, counts: Counter[str], told: Callable[[int], None]) -> Iterator[Line]:
    files = series.files()
    counts.update({path.name: 0 for path in files})
    for line in lines(files):
        counts[line.file] += line.text.endswith(b"\n")
        told(len(line.text))
        yield line
