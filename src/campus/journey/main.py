"""`python -m campus.journey`: what is said, what is refused before anything starts, and the exit status."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from rich.console import Console

from campus.journey.drive import DriveError
from campus.journey.generate import generate
from campus.journey.options import parse
from campus.journey.private import private_mesh
from campus.journey.read import read, report
from campus.journey.run import START_TIMEOUT, Journey
from campus.journey.source import DataError
from trunkline import ConfigError, MeshError
from trunkline.supervisor import StartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from campus.journey.options import Options
    from campus.journey.rows import DataSet
    from campus.journey.summary import Summary
    from trunkline import MeshFile

EQUAL, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
# A file or a pipe has no width; the tables need this much.
WIDTH = 110


class Refused(Exception):
    """Why nothing was started. One or more lines."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the journey that the command line asks for and return the exit status."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    err = Console(stderr=True)
    try:
        with tempfile.TemporaryDirectory(prefix="journey-", ignore_cleanup_errors=True) as folder:
            return EQUAL if _journey(options, Path(folder), err).equal else FAILED
    except ConfigError as error:
        return _complain(err, str(error), WRONG)
    except TimeoutError:
        return _complain(err, f"the campus was not ready within {START_TIMEOUT:g} s", FAILED)
    except (Refused, DataError, StartError, DriveError, MeshError, OSError) as error:
        return _complain(err, str(error), FAILED)
    except KeyboardInterrupt:
        return _complain(err, "interrupted; everything was stopped", INTERRUPTED)


def _journey(options: Options, folder: Path, err: Console) -> Summary:
    _writable(options.json)
    data = _data(options, folder, err)
    mesh_file = private_mesh(options.file, folder / "mesh")
    out = Console()
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out = Console(width=WIDTH)
    with _log(options.logs, err) as path, path.open("w", encoding="utf-8") as log:
        journey = Journey(data, out=out, err=err, log=log, with_chaos=options.chaos)
        summary = asyncio.run(_until_terminated(journey, mesh_file))
    if options.json is not None:
        summary.write(options.json)
    return summary


async def _until_terminated(journey: Journey, mesh_file: MeshFile) -> Summary:
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
            raise Refused(f"{lines}; nothing was started. Mend them, or leave them out with --skip-bad-rows")
        err.print(f"{lines} left out", style="yellow", highlight=False, markup=False, soft_wrap=True)
    if not data.registrations:
        raise Refused("no learner is left; nothing was started")
    return data


def _writable(path: Path | None) -> None:
    if path is None:
        return
    existed = path.exists()
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; nothing was started") from None
    if not existed:
        path.unlink()


@contextmanager
def _log(path: Path | None, err: Console) -> Iterator[Path]:
    """Yield where the log goes. Without a wish it is kept only where the block fails."""
    kept = path
    if path is None:
        handle, name = tempfile.mkstemp(prefix="journey-", suffix=".log")
        os.close(handle)
        path = Path(name)
    try:
        yield path
    except BaseException:
        err.print(f"log of the components: {path}", highlight=False, markup=False, soft_wrap=True)
        raise
    if kept is None:
        path.unlink()


def _complain(err: Console, text: str, status: int) -> int:
    err.print(text, style="red", highlight=False, markup=False, soft_wrap=True)
    return status
