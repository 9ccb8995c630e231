"""The command line of the journey."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEARNERS = 600
SEED = 1


@dataclass(frozen=True, slots=True)
class Options:
    """What to do. `data` None: a generated data set of `learners` learners, the same for the same `seed`."""

    data: Path | None
    chaos: bool
    json: Path | None
    seed: int
    learners: int
    skip_bad_rows: bool
    file: Path
    logs: Path | None


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line. Ends the program with status 2 where it is wrong, with 0 for `--help`."""
    parser = argparse.ArgumentParser(
        prog="python -m campus.journey",
        description="Start the campus in processes of its own, bring the learners of a data set through it by real "
        "calls, and compare the totals it reports with those of the data set.",
        epilog="Exit status: 0 equal; 1 not equal, or the run could not be finished; 2 wrong command line or "
        "configuration; 130 interrupted.",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of OULAD's CSV files; default: generated")
    parser.add_argument("--chaos", action="store_true", help="kill each component once with SIGKILL on the way")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary as JSON too")
    parser.add_argument("--seed", type=int, metavar="N", help=f"of the generated data set; default {SEED}")
    parser.add_argument("--learners", type=_positive, metavar="N", help=f"to generate; default {LEARNERS}")
    parser.add_argument("--skip-bad-rows", action="store_true", help="go on without rows that cannot be used")
    parser.add_argument("--file", type=Path, default=Path("trunkline.yaml"), help="mesh file; default %(default)s")
    parser.add_argument("--logs", type=Path, metavar="FILE", help="where the log of the components goes")
    given = parser.parse_args(arguments)
    if given.data is not None and (given.seed is not None or given.learners is not None):
        parser.error("--seed and --learners are for generated data, not for --data")
    return Options(
        data=given.data,
        chaos=given.chaos,
        json=given.json,
        seed=SEED if given.seed is None else given.seed,
        learners=given.learners or LEARNERS,
        skip_bad_rows=given.skip_bad_rows,
        file=given.file,
        logs=given.logs,
    )


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)
