"""The summary for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from campus.journey.totals import Totals
from campus.journey.tree import tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from campus.journey.calls import MethodCalls
    from campus.journey.refusal import Refusal
    from campus.journey.summary import Summary
    from trunkline.api.diagnostics.v1.diagnostics_pb2 import Span

HEADINGS = ("learners", "active", "paused", "completed", "submitted", "scored", "weighted sum")
# Below so many columns the widest table is set without gaps, to fit a terminal of 80; below NARROW it is set as a list.
ROOMY = 100
NARROW = 80


def show(console: Console, summary: Summary, spans: Sequence[Span]) -> None:
    """Print the whole summary; `spans` are of the sample trace, none where no submission was sampled."""
    _title(console, "Rows read")
    console.print("  ".join(f"{name} [bold]{count:,}[/]" for name, count in summary.rows.items()), highlight=False)
    _title(console, "Calls")
    console.print(_calls(summary.calls, width=console.width))
    console.print()
    pace = f"[bold]{summary.calls_per_second:,.0f} calls per second[/]"
    counts = f"{summary.count:,} calls in {summary.seconds:.1f} s: {pace}; {summary.resent:,} sent again by the journey"
    console.print(counts, highlight=False)
    _title(console, "A sample trace")
    if spans:
        console.print(tree(spans))
        console.print()
        console.print(f"trace {spans[0].trace_id}", style="dim", highlight=False)
    else:
        console.print("no submission was sampled", highlight=False)
    _title(console, "Totals of the campus beside those of the data set")
    if console.width < NARROW:
        console.print(_list(summary.totals, summary.expected))
    else:
        console.print(_totals(summary.totals, summary.expected, width=console.width))
    console.print()
    _verdict(console, summary)


def show_refusal(console: Console, refusal: Refusal) -> None:
    """Print a call that was refused, and why."""
    _title(console, "A call that is refused")
    said = str(refusal.error) if refusal.error else "it was let through"
    console.print(said, style="" if refusal.error else "bold red", highlight=False, markup=False)
    console.print(f"\n$ {refusal.command}", style="dim", highlight=False, markup=False)
    console.print(refusal.explanation, highlight=False, markup=False, soft_wrap=True)


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(text, style="bold cyan", highlight=False)


def _calls(calls: Mapping[str, MethodCalls], *, width: int) -> Table:
    padding = (0, 1 if width >= NARROW else 0)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, header_style="bold")
    # Where room is short the method is folded: a figure is never cut.
    table.add_column("method", overflow="fold", no_wrap=width >= NARROW)
    for heading in ("count", "failed", "retried", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for method, one in calls.items():
        counts = (f"{one.count:,}", _if_any(one.failed, "red"), _if_any(one.retried, "yellow"))
        durations = (f"{ms:.1f}" for ms in (one.p50_ms, one.p95_ms, one.p99_ms))
        table.add_row(method.rpartition(".")[2], *counts, *durations)
    return table


def _if_any(count: int, style: str) -> Text:
    return Text(f"{count:,}", style=style if count else "dim")


def _totals(totals: Mapping[str, Totals], expected: Mapping[str, Totals], *, width: int) -> Table:
    padding = (0, 0, 0, 2 if width >= ROOMY else 0)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, header_style="bold")
    table.add_column("presentation", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for key in sorted({*totals, *expected}):
        got, wanted = totals.get(key, Totals()).as_dict(), expected.get(key, Totals()).as_dict()
        styles = {name: "" if got[name] == wanted[name] else "bold red" for name in got}
        table.add_row(key, *(Text(_figure(got[name]), style=styles[name]) for name in got))
        data = (Text(_figure(wanted[name]), style=styles[name] or "dim") for name in wanted)
        table.add_row(Text("  data set", style="dim"), *data)
    return table


def _list(totals: Mapping[str, Totals], expected: Mapping[str, Totals]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in ("presentation", "figure"):
        table.add_column(heading, no_wrap=True)
    for heading in ("campus", "data set"):
        table.add_column(heading, justify="right", no_wrap=True)
    for key in sorted({*totals, *expected}):
        got, wanted = totals.get(key, Totals()).as_dict(), expected.get(key, Totals()).as_dict()
        for place, (name, heading) in enumerate(zip(got, HEADINGS, strict=True)):
            style = "" if got[name] == wanted[name] else "bold red"
            figures = Text(_figure(got[name]), style=style), Text(_figure(wanted[name]), style=style or "dim")
            table.add_row("" if place else key, heading, *figures)
    return table


def _figure(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:,.2f}"


def _verdict(console: Console, summary: Summary) -> None:
    if summary.equal:
        console.print("✓ equal: the campus counted exactly what the data set says", style="bold green", highlight=False)
        return
    count = len(summary.wrong)
    text = "1 figure is not equal" if count == 1 else f"{count:,} figures are not equal"
    console.print(f"✗ {text}", style="bold red", highlight=False)
    for line in summary.wrong:
        console.print(f"  {line}", style="red", highlight=False, markup=False)
