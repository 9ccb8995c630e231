"""What the verbs print on stdout: data as a table or as JSON."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from trunkline.cli.plain import complain

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Output(StrEnum):
    """The forms data comes in."""

    TABLE = "table"
    JSON = "json"


def _form(text: str) -> Output:
    if text not in list(Output):
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(Output)}")
    return Output(text)


OutputOption = Annotated[
    Output,
    typer.Option("--output", "-o", parser=_form, metavar=f"[{'|'.join(Output)}]", help="Form of the data on stdout."),
]


def reflowed(text: str) -> str:
    """Return `text` with each of its paragraphs on one line, for whoever shows it to break."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def print_rows(rows: Sequence[Mapping[str, object]], output: Output, *, whole: Collection[str] = ()) -> None:
    """Print rows that have the same keys: a table with the keys as its head, or a JSON list of objects.

    That there are none is said on stderr, so that a table without rows is not taken for a fault.
    Columns that are `whole` are never broken, so that people can copy from them.
    """
    if output is Output.JSON:
        print_json(rows)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not rows:
        complain("none")
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for key in rows[0]:
        table.add_column(
            key, overflow="fold", no_wrap=key in whole, min_width=_longest(rows, key) if key in whole else 0
        )
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(markup=False, highlight=False).print(table)


def _longest(rows: Sequence[Mapping[str, object]], key: str) -> int:
    return max(len(str(row[key])) for row in rows)


def print_json(data: object) -> None:
    """Print `data` as JSON."""
    sys.stdout.write(json.dumps(data, indent=2) + "\n")
