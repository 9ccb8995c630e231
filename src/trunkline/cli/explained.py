"""An explanation of access, as a table or as data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.access.decision import Step
    from trunkline.access.explanation import Explanation

MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("?", "yellow")}
VERDICTS = {True: ("allowed", "bold green"), False: ("refused", "bold red"), None: ("depends", "bold yellow")}


def document_of(explanation: Explanation, places: Mapping[str, str]) -> dict[str, object]:
    """Return all of it for programs: `allowed` and `holds` are null where that depends on the request."""
    refusal = explanation.decision.refusal
    return {
        "from": explanation.caller,
        "to": explanation.method,
        "allowed": explanation.outcome,
        "reason": refusal.reason if refusal is not None else None,
        "message": refusal.message if refusal is not None else None,
        "basis": explanation.basis,
        "steps": [
            {
                "what": step.what,
                "asked": step.asked,
                "found": step.found,
                "holds": _holds(step),
                "from": places.get(step.what),
            }
            for step in explanation.decision.steps
        ],
        "read": dict(explanation.read),
    }


def draw(explanation: Explanation, places: Mapping[str, str]) -> None:
    """Print the verdict, the steps that led to it, what the rule read, and what the caller is told."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("step", style="bold", no_wrap=True)
    table.add_column("asked for", overflow="fold")
    table.add_column("found", overflow="fold")
    table.add_column("from", style="dim", no_wrap=True)
    for step in explanation.decision.steps:
        mark, style = MARKS[_holds(step)]
        place = Path(places.get(step.what, "")).name
        table.add_row(Text(mark, style=style), step.what, step.asked, Text(step.found, style=style), place)
        for path, value in explanation.read.items() if step.what == "rule" else ():
            table.add_row("", "", Text(f"  {path}", style="cyan"), value, "")
    console = Console(markup=False, highlight=False)
    verdict, style = VERDICTS[explanation.outcome]
    console.print(Text.assemble((verdict, style), "  ", (explanation.caller, "bold cyan"), " -> ", explanation.method))
    console.print(Text(explanation.basis, style="dim"))
    console.print(table)
    console.print(_told(explanation))


def _told(explanation: Explanation) -> str:
    refusal = explanation.decision.refusal
    if refusal is not None:
        return f"the caller gets {refusal.code.name} {refusal.reason}: {refusal.message}"
    if explanation.outcome is None:
        return "the rule reads the request: say --request JSON, or --request @FILE"
    return "the call reaches its handler"


def _holds(step: Step) -> bool | None:
    return None if step.open else step.holds
