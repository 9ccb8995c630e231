"""`trunkline version`: what is installed here."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from trunkline.cli.output import Output, OutputOption, print_json, print_rows

PACKAGES = ("trunkline", "grpcio", "protobuf")


def version(output: OutputOption = Output.TABLE) -> None:
    """Print the versions of Trunkline, Python, grpcio and protobuf."""
    found = {package: _version(package) for package in PACKAGES}
    found = {"trunkline": found.pop("trunkline"), "python": platform.python_version(), **found}
    if output is Output.JSON:
        print_json(found)
    else:
        print_rows([{"package": name, "version": number} for name, number in found.items()], output)


def _version(package: str) -> str:
    try:
        return installed(package)
    except PackageNotFoundError:
        return "unknown (not installed as a package)"
