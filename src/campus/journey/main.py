"""`python -m campus.journey`: what is refused before anything starts, and the exit status."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from rich.console import Console

from campus.journey.drive import DriveError
from campus.journey.generate import generate
from campus.journey.log import open_log
from campus.journey.options import parse
from campus.journey.private import private_mesh
from campus.journey.read import read
from campus.journey.refused import Refused
from campus.journey.report import report
from campus.journey.run import START_TIMEOUT, Journey
from trunkline import ConfigError, MeshError, StartError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from campus.journey.options import Options
    from campus.journey.rows import DataSet
    from campus.journey.summary import Summary
    from trunkline import MeshFile

EQUAL, FAILED, WRONG, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
# A file or a pipe has no width; the tables need this much.
WIDTH = 110
MEND = "Mend them, or leave them out with --skip-bad-rows (make demo ARGS=--skip-bad-rows)"


class NotEqual(Exception):
    """The campus counted something else than the data set says, as the summary has shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the journey that the command line asks for and return the exit status."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    err = Console(stderr=True)
    try:
        with tempfile.TemporaryDirectory(prefix="journey-", ignore_cleanup_errors=True) as folder:
            _journey(options, Path(folder), err)
    except NotEqual:
        return FAILED
    except ConfigError as error:
        return _complain(err, str(error), WRONG)
    except TimeoutError:
        return _complain(err, f"the campus was not ready within {START_TIMEOUT:g} s", FAILED)
    except (Refused, StartError, DriveError, MeshError, OSError) as error:
        return _complain(err, str(error), FAILED)
    except KeyboardInterrupt:
        return _complain(err, "interrupted; everything was stopped", INTERRUPTED)
    except asyncio.CancelledError:
        return _complain(err, "terminated; everything was stopped", TERMINATED)
    return EQUAL


def _journey(options: Options, folder: Path, err: Console) -> None:
    _check_writable(options.json)
    data = _data(options, folder, err)
    mesh_file = private_mesh(options.file, folder / "mesh")

    def tell(text: str) -> None:
        err.print(text, highlight=False, markup=False, soft_wrap=True)

    with open_log(options.logs, tell=tell) as log:
        journey = Journey(data, out=_output(), err=err, log=log, with_chaos=options.chaos)
        summary = asyncio.run(_run(journey, mesh_file))
        if options.json is not None:
            summary.write(options.json)
        if not summary.equal:
            raise NotEqual


async def _run(journey: Journey, mesh_file: MeshFile) -> Summary:
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    return await journey.run(mesh_file)


def _data(options: Options, folder: Path, err: Console) -> DataSet:
    source = options.data
    if source is None:
        source = folder / "data"
        source.mkdir()
        generate(source, Random(options.seed), learners=options.learners)
    data, bad = read(source)
    if bad:
        lines = "\n".join(report(bad))
        if not options.skip_bad_rows:
            raise Refused(f"{lines}; nothing was started. {MEND}")
        err.print(f"{lines} left out", style="yellow", highlight=False, markup=False, soft_wrap=True)
    if not data.registrations:
        raise Refused("no learner is left; nothing was started")
    return data


def _check_writable(path: Path | None) -> None:
    if path is None:
        return
    existed = path.exists()
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; nothing was started") from None
    if not existed:
        path.unlink()


def _output() -> Console:
    out = Console()
    return out if out.is_terminal or "COLUMNS" in os.environ else Console(width=WIDTH)


def _complain(err: Console, text: str, status: int) -> int:
    err.print(text, style="red", highlight=False, markup=False, soft_wrap=True)
    return status
