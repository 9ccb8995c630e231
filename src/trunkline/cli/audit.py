"""`trunkline audit`: whether the audit log is whole, its end, and what is in it. Reads files; asks nobody."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trunkline.cli.moment import moment
from trunkline.cli.output import Output, OutputOption, print_json, print_rows
from trunkline.cli.place import FileOption, mesh_file
from trunkline.cli.plain import FAILED, complain, plain_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from trunkline.audit.folder import Series
    from trunkline.audit.inspect import Inspected
    from trunkline.audit.record import Record

app = typer.Typer(help="Prove the audit log whole, and look into it.", no_args_is_help=True)

PathArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FOLDER|FILE]", help="Where the logs lie, or a file of one; else as the mesh file says."),
]
SLOW_BYTES = 8 << 20
PAUSE = 0.2


@app.command()
def verify(path: PathArgument = None, file: FileOption = None, output: OutputOption = Output.TABLE) -> None:
    """Prove that no record was changed, removed, moved or put in.

    Prints how many records each file has and, for each log, the number and hash of the last: kept elsewhere, they show
    later that not even a whole new log was put in the old one's place.

    Exit status: 0 every log is whole; 1 one is not, and its first fault is named by file, line and number, or there
    is no log.
    """
    from trunkline.audit.inspect import inspect

    with plain_errors():
        logs = _logs(path, file)
        with _progress(logs) as told:
            inspected = [inspect(log, told=told) for log in logs]
    if output is Output.JSON:
        print_json([_document(one) for one in inspected])
    else:
        print_rows([row for one in inspected for row in _rows(one)], output)
    for one in inspected:
        complain(_sentence(one))
    if any(one.verdict.fault for one in inspected):
        raise typer.Exit(FAILED)


@app.command()
def tail(
    path: PathArgument = None,
    file: Annotated[Path | None, typer.Option("--file", envvar="TRUNKLINE_FILE", help="The mesh file.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, metavar="N", help="How many.")] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with those that are written, until ^C.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the last records of all logs by their time, the newest last. As JSON: one object a line."""
    import time
    from collections import deque

    from trunkline.audit.follow import Follower, records_of

    with plain_errors():
        logs = _logs(path, file)
        follower = Follower(lambda: _logs(path, file)) if follow else None
        _print(deque(records_of(logs), maxlen=lines), output)
        try:
            while follower is not None:
                time.sleep(PAUSE)
                _print(follower.more(), output)
        except KeyboardInterrupt:
            return


@app.command()
def search(
    path: PathArgument = None,
    file: FileOption = None,
    kind: Annotated[str, typer.Option(help="Such as call, token.issue, or token.* for all that begin so.")] = "",
    who: Annotated[str, typer.Option(help="Who asked; a * at the end stands for any ending.")] = "",
    what: Annotated[str, typer.Option(help="What it was about, such as a method; a * as above.")] = "",
    outcome: Annotated[str, typer.Option(help="granted, refused, would-refuse or noted.")] = "",
    reason: Annotated[str, typer.Option(help="The exact cause.")] = "",
    trace: Annotated[str, typer.Option(metavar="ID", help="The trace it belongs to.")] = "",
    since: Annotated[
        str, typer.Option(parser=moment, metavar="TIME", help="2026-03-01T12:00, or 2h for two hours ago.")
    ] = "",
    until: Annotated[str, typer.Option(parser=moment, metavar="TIME", help="Not later than that.")] = "",
    text: Annotated[str, typer.Option(help="Anywhere in the record, in capitals or not.")] = "",
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the records that match all that is said, by their time. As JSON: one object a line.

    Exit status: 0 there are some; 1 there are none.
    """
    from trunkline.audit.follow import records_of
    from trunkline.audit.search import Filter

    wanted = Filter(
        kind=kind,
        who=who,
        what=what,
        outcome=outcome,
        reason=reason,
        trace_id=trace,
        since=since,
        until=until,
        text=text,
    )
    with plain_errors():
        count = _print((record for record in records_of(_logs(path, file)) if wanted.takes(record)), output)
    if not count:
        complain("no record matches")
        raise typer.Exit(FAILED)


def _logs(path: Path | None, file: Path | None) -> list[Series]:
    """Return the logs that are meant. Exits where there are none; raises ConfigError and OSError."""
    from trunkline.audit.folder import series_in, series_of
    from trunkline.config import ConfigError

    if path is None:
        mesh = mesh_file(file)
        if mesh is None:
            raise ConfigError("no trunkline.yaml here; say --file, or the folder of the audit log")
        path = mesh.settings.audit.folder or mesh.folder / "audit"
    if path.is_file():
        one = series_of(path)
        found = [one] if one else []
    else:
        found = series_in(path) if path.exists() else []
    if not found:
        complain(f"no audit log in {path}")
        raise typer.Exit(FAILED)
    return found


@contextmanager
def _progress(logs: Sequence[Series]) -> Iterator[Callable[[int], None]]:
    total = sum(path.stat().st_size for log in logs for path in log.files())
    if total < SLOW_BYTES or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("verifying"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda size: progress.advance(task, size)


def _rows(one: Inspected) -> list[dict[str, object]]:
    fault = one.verdict.fault
    names = list(one.counts)
    at = names.index(fault.file) if fault and fault.file in names else len(names)
    states = {
        name: "whole" if place < at else "faulty" if place == at else "not read" for place, name in enumerate(names)
    }
    return [
        {"log": one.series.name, "file": name, "records": one.counts[name], "state": states[name]} for name in names
    ]


def _sentence(one: Inspected) -> str:
    verdict = one.verdict
    if verdict.fault is not None:
        return f"{one.series.name}: {verdict.fault}"
    counted = "1 record is" if verdict.records == 1 else f"{verdict.records} records are"
    head = f"{counted} whole; the last is {verdict.head.sequence} {verdict.head.hash}"
    torn = ", and half a line behind it, of a writer that was killed or is at work" if verdict.torn else ""
    return f"{one.series.name}: {head}{torn}"


def _document(one: Inspected) -> dict[str, object]:
    verdict, fault = one.verdict, one.verdict.fault
    said = (
        {"file": fault.file, "line": fault.line, "sequence": fault.sequence, "problem": fault.problem}
        if fault
        else None
    )
    return {
        "log": one.series.name,
        "files": dict(one.counts),
        "records": verdict.records,
        "sequence": verdict.head.sequence,
        "hash": verdict.head.hash,
        "torn": verdict.torn is not None,
        "fault": said,
    }


def _print(records: Iterable[Record], output: Output) -> int:
    from trunkline.cli.record import as_line

    count = 0
    for record in records:
        sys.stdout.write(as_line(record, output))
        count += 1
    sys.stdout.flush()
    return count
