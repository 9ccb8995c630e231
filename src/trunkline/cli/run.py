"""`trunkline run`: one component in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline.cli.place import FileOption, SupervisedOption, settings_of
from trunkline.cli.plain import plain_errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.config import Settings


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
    supervised: SupervisedOption = False,
) -> None:
    """Run a component: `await FUNCTION(mesh)` under a mesh, until it returns. SIGTERM drains it.

    Exit status: 0 it returned; 1 it failed; 2 no such function, or a wrong configuration.
    """
    with plain_errors():
        from trunkline.cli.entry import load_entry
        from trunkline.cli.loop import run_to_end
        from trunkline.cli.supervised import wait_for_the_word

        settings = settings_of(file, component, instance, entry)
        function = load_entry(entry)
        # Imported before the word to begin: all processes of a mesh load their code at the same time.
        import trunkline.mesh  # noqa: F401

        if supervised:
            wait_for_the_word()
        run_to_end(_under_mesh(settings, function), settings)


async def _under_mesh(settings: Settings, function: Callable[[Any], Awaitable[None]]) -> None:
    from trunkline.mesh import Mesh

    async with Mesh.open(settings) as mesh:
        await function(mesh)
