"""Who may call what, and what a change does to it, as tables or as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline.access.difference import Change
    from trunkline.access.matrix import Cell, Matrix

STYLES = {"yes": "green", "rule": "yellow", "no": "dim"}
SHOWN = {"yes": "yes", "rule": "rule", "no": "·"}
KINDS = {"opens": "bold red", "changes": "bold yellow", "closes": "green"}


def draw_matrix(matrix: Matrix) -> None:
    """Print a line for each method, by service, with a column for each caller."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("method", no_wrap=True)
    for caller in matrix.rows:
        table.add_column(caller, justify="center", overflow="fold")
    service = ""
    for method in matrix.methods:
        before, service = service, method.partition("/")[0]
        if service != before:
            table.add_row(Text(service.rpartition(".")[2], style="bold cyan"))
        cells = (matrix.cell(caller, method).answer for caller in matrix.rows)
        table.add_row(f"  {method.partition('/')[2]}", *(Text(SHOWN[one], style=STYLES[one]) for one in cells))
    console = Console(markup=False, highlight=False)
    console.print(table)
    if any(cell.answer == "rule" for row in matrix.rows.values() for cell in row.values()):
        console.print(Text("rule: it depends on the call; `trunkline access explain` says on what", style="dim"))


def rows_of(changes: Sequence[Change]) -> list[dict[str, str]]:
    """Return changes for programs."""
    return [
        {
            "change": change.kind,
            "from": change.caller,
            "to": change.method,
            "before": _words(change.before),
            "after": _words(change.after),
        }
        for change in changes
    ]


def draw_difference(changes: Sequence[Change]) -> None:
    """Print a line for each change, what opens first; nothing where there is none."""
    if not changes:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("", "caller", "method", "before", "now"):
        table.add_column(head, no_wrap=head in {"", "caller"}, overflow="fold")
    for change in changes:
        service, _, method = change.method.partition("/")
        kind = Text(change.kind, style=KINDS[change.kind])
        name = Text(f"{service.rpartition('.')[2]}/{method}")
        table.add_row(kind, Text(change.caller, style="bold"), name, _words(change.before), _words(change.after))
    Console(markup=False, highlight=False).print(table)


def _words(cell: Cell) -> str:
    return f"rule: {cell.rule}" if cell.answer == "rule" else cell.answer
