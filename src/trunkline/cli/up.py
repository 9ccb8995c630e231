"""`trunkline up`: the whole mesh on this machine."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import Annotated

import typer

from trunkline.cli.place import FileOption, mesh_file
from trunkline.cli.plain import FAILED, USELESS, complain, plain_errors


def up(
    file: FileOption = None,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", envvar="TRUNKLINE_DATA_DIR", help="Where data goes instead of where the file says."),
    ] = None,
) -> None:
    """Start the backbone and every component as processes, each when what it needs is ready, and keep them alive.

    Their log lines come on stderr, each behind its name. ^C or SIGTERM drains them in reverse order, a second one kills
    them. What dies is started again, after 0.2 s at first and after 10 s at most.

    Exit status: 0 drained; 1 it could not start, such as by a port that is taken, or something had to be killed; 2
    wrong configuration, of the mesh or of one component.
    """
    with plain_errors():
        import asyncio

        from trunkline.cli.running import run_mesh
        from trunkline.config import ConfigError
        from trunkline.supervisor import StartError

        mesh = mesh_file(file)
        if mesh is None:
            raise ConfigError("no trunkline.yaml here; say --file")
        try:
            clean = asyncio.run(run_mesh(mesh.with_data_dir(data_dir) if data_dir else mesh))
        except StartError as error:
            complain(str(error))
            raise typer.Exit(USELESS if error.final else FAILED) from None
    if not clean:
        raise typer.Exit(FAILED)
