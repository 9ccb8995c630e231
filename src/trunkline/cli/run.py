"""`trunkline run`: one component in this process."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.place import FileOption, settings_of
from trunkline.cli.plain import plain_errors


def run(
    entry: Annotated[str, typer.Argument(metavar="MODULE:FUNCTION", help="Such as campus.accounts:main.")],
    file: FileOption = None,
    component: Annotated[
        str | None,
        typer.Option("--component", "-c", envvar="TRUNKLINE_COMPONENT", help="Which one; known where one runs this."),
    ] = None,
    instance: Annotated[
        int, typer.Option("--instance", envvar="TRUNKLINE_INSTANCE", min=0, help="Which of its addresses, from 0.")
    ] = 0,
) -> None:
    """Run a component: `await FUNCTION(mesh)` under a mesh, until it returns. SIGTERM drains it.

    Exit status: 0 it returned; 1 it failed; 2 no such function, or a wrong configuration.
    """
    with plain_errors():
        from trunkline.cli.entry import load_entry, split_entry
        from trunkline.cli.loop import run_to_end, under_mesh

        split_entry(entry)
        settings = settings_of(file, component, instance, entry)
        run_to_end(under_mesh(settings, load_entry(entry)), settings)
