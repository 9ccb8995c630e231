"""`trunkline contracts`: whether the contracts hold together, and what applies to one method."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trunkline.cli.given import DescriptorsOption, ModuleOption, load_contracts
from trunkline.cli.output import Output, OutputOption, print_json
from trunkline.cli.plain import FAILED, complain

if TYPE_CHECKING:
    from trunkline.contract.describe import Description
    from trunkline.contract.setting import Setting

app = typer.Typer(help="Check contracts, and show what applies to a method.", no_args_is_help=True)


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Workspaces, or files and folders of this one.")
    ] = None,
    descriptors: DescriptorsOption = None,
    module: ModuleOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Check that what the contracts promise makes sense and can be kept.

    Builds the buf workspace in the current folder; where there is none, imports the generated code that is installed.
    Exit status: 0 all rules hold; 1 some are broken, or the contracts cannot be read.
    """
    from dataclasses import asdict

    from trunkline.contract.check import check_files, is_ours

    contracts = load_contracts(paths or [], descriptors, module or [])
    broken = [
        violation for each in contracts for violation in check_files(each.asked, shown=each.shown, imports=each.files)
    ]
    if output is Output.JSON:
        print_json([asdict(violation) for violation in broken])
    else:
        sys.stdout.writelines(f"{violation}\n" for violation in broken)
    count = sum(is_ours(file) for each in contracts for file in each.asked)
    complain(f"{_counted(len(broken), 'violation')} in {_counted(count, 'contract')}")
    if broken:
        raise typer.Exit(FAILED)


@app.command()
def show(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="package.Service/Method, or a telling end of it.")],
    descriptors: DescriptorsOption = None,
    module: ModuleOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show every policy that applies to a method, and the line of the contract that says so.

    Exit status: 0 shown; 1 no method, or more than one, is called so, or the contracts cannot be read.
    """
    from trunkline.contract.describe import describe

    contracts = load_contracts([], descriptors, module or [])[0]
    try:
        description = describe(contracts.files, method, shown=contracts.shown)
    except LookupError as error:
        complain(str(error.args[0]))
        raise typer.Exit(FAILED) from None
    if output is Output.JSON:
        print_json(_document(description))
    else:
        _draw(description)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _document(description: Description) -> dict[str, object]:
    return {
        "method": description.method,
        "shape": description.shape.name,
        "request": description.request,
        "response": description.response,
        "comment": description.comment,
        "from": description.origin,
        "settings": [
            {"name": setting.name, "value": setting.value, "from": setting.origin} for setting in description.settings
        ],
    }


def _draw(description: Description) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    streams = description.shape
    request = f"{'stream ' if streams.streams_requests else ''}{description.request}"
    response = f"{'stream ' if streams.streams_responses else ''}{description.response}"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("policy", style="bold", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", no_wrap=True)
    console = Console(markup=False, highlight=False)
    room = max(console.width * 2 // 5, 16)
    home = description.origin.rpartition(":")[0]
    for setting in description.settings:
        # The file of the method itself stands above the table in full: its name is enough within.
        origin = Path(setting.origin).name if home and setting.origin.startswith(f"{home}:") else setting.origin
        style = "dim" if origin == "default" else None
        table.add_row(setting.name, _value(setting), _broken(origin, room), style=style)
    console.print(Text(description.method, style="bold cyan"))
    console.print(Text(f"{request} -> {response}"))
    if description.comment:
        console.print(Text(description.comment, style="italic"))
    console.print(Text(description.origin, style="dim"))
    console.print(table)


def _value(setting: Setting) -> str:
    if setting.name == "validation" and isinstance(setting.value, list) and setting.value:
        return "\n".join(["rules on", *setting.value]) if len(setting.value) > 1 else setting.text
    return setting.text


def _broken(origin: str, room: int) -> str:
    """Break a path after a slash where it is longer than `room`, so that its name and line stay whole."""
    lines = [""]
    for part in re.findall(r"[^/]*/|[^/]+$", origin):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)
