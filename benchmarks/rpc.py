"""What a unary call costs: bare grpc.aio, Trunkline's whole chain, and what a user assembles by hand.

`python benchmarks/rpc.py [--rounds N] [--json FILE]`; the environment variable JSON names the file as well.
docs/benchmarks.md says what is compared and how.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from contestants import NAMES
from footprint import TIMES, footprint
from frame.machine import machine
from frame.process import ChildError
from frame.report import as_json, call_table, goal_table
from frame.rounds import Samples, WrongError, load_round, pairs, serial_round, turns
from rich.console import Console
from rich.progress import Progress

ROUNDS = 60
CALLS = 300


async def measure(rounds: int, calls: int, folder: Path, progress: Progress) -> dict[str, Samples]:
    """Run every contestant `rounds` times under load, then as often one call at a time."""
    samples = {name: Samples() for name in NAMES}
    task = progress.add_task("calls", total=2 * rounds * len(NAMES))
    async with pairs(folder, calls) as running:
        for kind in (load_round, serial_round):
            for pair in turns(running, rounds):
                await kind(pair, samples[pair.name], calls)
                progress.advance(task)
    return samples


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a unary call costs.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each takes its turn (default {ROUNDS})")
    parser.add_argument("--calls", type=int, default=CALLS, help=f"calls of a turn (default {CALLS})")
    parser.add_argument("--json", type=Path, default=os.environ.get("JSON") or None, help="write the figures here")
    options = parser.parse_args()
    if min(options.rounds, options.calls) < 1:
        parser.error("--rounds and --calls must be 1 or more")
    if options.json is not None:
        options.json = Path(options.json)
        if not options.json.absolute().parent.is_dir():
            parser.error(f"--json: there is no folder {options.json.parent}")
    return options


def main() -> int:
    options = arguments()
    shown = Progress(console=Console(stderr=True), transient=True)
    try:
        with tempfile.TemporaryDirectory() as name, shown as progress:
            folder = Path(name)
            samples = asyncio.run(measure(options.rounds, options.calls, folder, progress))
            idle = footprint(folder / "idle", progress, times=min(TIMES, options.rounds))
    except (ChildError, WrongError) as error:
        print(f"benchmark stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmark interrupted", file=sys.stderr)
        return 130
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(call_table(samples))
    console.print(goal_table(samples, idle))
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(samples, idle, machine()), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
