"""A trace as a tree with its durations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from trunkline.api.diagnostics.v1.diagnostics_pb2 import SIDE_CLIENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trunkline.api.diagnostics.v1.diagnostics_pb2 import Span

BAR = 20
COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red")


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree: the span behind its guides, such as `│  └─ `."""

    guides: str
    span: Span


def branches(spans: Sequence[Span]) -> list[Branch]:
    """Return the spans as the lines of a tree, each under its parent, in the order they began.

    A span whose parent is not there stands at the root.
    """
    known = {span.span_id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=_began):
        children.setdefault(span.parent_span_id if span.parent_span_id in known else "", []).append(span)

    def walk(parent: str, indent: str) -> Iterator[Branch]:
        below = children.get(parent, [])
        for number, span in enumerate(below, start=1):
            last = number == len(below)
            root = not parent
            yield Branch("" if root else indent + ("└─ " if last else "├─ "), span)
            yield from walk(span.span_id, "" if root else indent + ("   " if last else "│  "))

    return list(walk("", ""))


def tree(spans: Sequence[Span]) -> Table:
    """Return a table of the trace: the tree, the duration of each span, and when within the trace it ran."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    # Where room is short the label gives way, not the figures.
    table.add_column("span", overflow="ellipsis")
    table.add_column("ms", justify="right", no_wrap=True)
    table.add_column("when", no_wrap=True)
    begin = min(map(_began, spans))
    length = max(_began(span) + _lasted(span) for span in spans) - begin or 1
    colours: dict[str, str] = {}
    for branch in branches(spans):
        span = branch.span
        colour = colours.setdefault(span.component, COLOURS[len(colours) % len(COLOURS)])
        start = (_began(span) - begin) / length
        bar = _bar(start, _lasted(span) / length, bold=span.side != SIDE_CLIENT)
        table.add_row(_label(branch, colour), f"{_lasted(span) / 1e6:.2f}", Text(bar, style=colour))
    return table


def _label(branch: Branch, colour: str) -> Text:
    calls = branch.span.side == SIDE_CLIENT
    service, _, method = branch.span.name.rpartition(".")[2].partition("/")
    return Text.assemble(
        (branch.guides, "dim"),
        (branch.span.component, f"bold {colour}"),
        f" calls {service.removesuffix('Service')}/{method}" if calls else f" serves {method}",
        no_wrap=True,
        overflow="ellipsis",
    )


def _bar(start: float, share: float, *, bold: bool) -> str:
    first = min(int(start * BAR), BAR - 1)
    width = max(1, min(round(share * BAR), BAR - first))
    return " " * first + ("█" if bold else "─") * width


def _began(span: Span) -> int:
    return span.started_at.ToNanoseconds()


def _lasted(span: Span) -> int:
    return span.duration.ToNanoseconds()
