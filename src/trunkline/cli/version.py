"""`trunkline version`: what is installed here."""

from __future__ import annotations

import typer

from trunkline.cli.output import Output, OutputOption, print_json, print_rows

PACKAGES = ("trunkline", "grpcio", "protobuf")


def version(output: OutputOption = Output.TABLE) -> None:
    """Print the versions of Trunkline, Python, grpcio and protobuf."""
    import platform

    ours, *theirs = PACKAGES
    found = {ours: _version(ours), "python": platform.python_version(), **{name: _version(name) for name in theirs}}
    if output is Output.JSON:
        print_json(found)
    else:
        print_rows([{"package": name, "version": number} for name, number in found.items()], output)


def say_version(wanted: bool) -> None:
    """Print the version of Trunkline in one line and exit, if wanted."""
    if wanted:
        typer.echo(f"trunkline {_version('trunkline')}")
        raise typer.Exit


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(package)
    except PackageNotFoundError:
        return "unknown (not installed as a package)"
