"""`python -m faults.identity [SCENARIO]... [--json FILE]`: the faults, and a table of what was promised and reached."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from faults.identity.flood import flood
from faults.identity.fuzz import fuzz
from faults.identity.outage import outage
from faults.identity.revocation import revocation
from faults.identity.rotation import rotation
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faults.identity.figure import Figure

SCENARIOS = {"rotation": rotation, "revocation": revocation, "outage": outage, "flood": flood, "fuzz": fuzz}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults.identity", description="What identity promises under faults.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; default all")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    unknown = set(options.scenarios) - SCENARIOS.keys()
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return options


async def run(names: Sequence[str], folder: Path, progress: Progress) -> list[Figure]:
    """Run scenarios one after the other; each has the machine to itself."""
    figures: list[Figure] = []
    for name in names:
        task = progress.add_task(name)
        figures += await SCENARIOS[name](folder)
        progress.remove_task(task)
    return figures


def table(figures: Sequence[Figure]) -> Table:
    """Lay the figures out."""
    laid = Table(title="Identity under faults", title_justify="left")
    for heading in ("scenario", "promise", "asked", "reached", "", "behind it"):
        laid.add_column(heading, overflow="fold")
    for one in figures:
        mark = "[green]✓[/]" if one.holds else "[bold red]✗[/]"
        laid.add_row(one.scenario, one.promise, one.asked, one.reached, mark, one.note)
    return laid


def main() -> int:
    options = arguments()
    began = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        figures = asyncio.run(run(options.scenarios or list(SCENARIOS), Path(folder), progress))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table(figures))
    broken = sum(not one.holds for one in figures)
    console.print(f"{len(figures) - broken} of {len(figures)} promises held, in {time.monotonic() - began:.0f} s")
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(one) for one in figures], indent=2) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
