"""A question to the backbone in the name of a component: a mesh for as long as the question takes."""

from __future__ import annotations

from functools import partial
from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from trunkline.cli.place import settings_of
from trunkline.cli.plain import plain_errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.config import Settings
    from trunkline.mesh import Mesh

T = TypeVar("T")

OPERATOR = "operator"

ComponentOption = Annotated[
    str, typer.Option("--component", "-c", envvar="TRUNKLINE_COMPONENT", help="In whose name, of the mesh file.")
]


def asked(file: Path | None, component: str, question: Callable[[Mesh], Awaitable[T]], *, anonymous: bool = False) -> T:
    """Return what `question` does under the mesh of `component`; who is `anonymous` needs no secret of the component.

    A known error ends the process with one line that says what to do next.
    """
    with plain_errors():
        settings = _settings(file, component)
    if anonymous:
        settings = settings.model_copy(update={"secret_file": None})
    with plain_errors(partial(_next, settings)):
        return _run(settings, question)


def _settings(file: Path | None, component: str) -> Settings:
    from trunkline.config import ConfigError

    settings = settings_of(file, component, 0, "")
    if not settings.backbone:
        raise ConfigError("no trunkline.yaml here, so there is no backbone to ask; say --file")
    # Who asks serves nothing, even in the name of a component that does: its port and audit log are those of another.
    return settings.model_copy(update={"listen": None})


def _next(settings: Settings, error: Exception) -> str:
    from trunkline.cli.advice import advice
    from trunkline.errors import MeshError

    return advice(error, settings) if isinstance(error, MeshError) else ""


def _run(settings: Settings, question: Callable[[Mesh], Awaitable[T]]) -> T:
    import asyncio

    from trunkline.mesh import Mesh
    from trunkline.telemetry.logs import configure

    async def ask() -> T:
        async with Mesh.open(settings) as mesh:
            return await question(mesh)

    # What goes wrong ends the process with a line of its own: warnings of what is tried again would only hide it.
    configure(level="error", format=settings.log.format, component=settings.component)
    return asyncio.run(ask())
