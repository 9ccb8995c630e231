"""Which mesh file, and which part of it: said by option, by environment, or plain from what lies here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trunkline.config import MeshFile, Settings

DEFAULT_FILE = Path("trunkline.yaml")

FileOption = Annotated[
    Path | None,
    typer.Option("--file", "-f", envvar="TRUNKLINE_FILE", help="The mesh file; trunkline.yaml where there is one."),
]


def mesh_file(file: Path | None) -> MeshFile | None:
    """Return the mesh file that is meant, None where none was named and none lies here. Raises ConfigError."""
    from trunkline.config import load_mesh_file

    if file is None and not DEFAULT_FILE.exists():
        return None
    return load_mesh_file(file or DEFAULT_FILE)


def settings_of(file: Path | None, component: str | None, instance: int, entry: str) -> Settings:
    """Return the settings of a process; the component is the one that runs `entry` unless said. Raises ConfigError."""
    from trunkline.config import ConfigError, load_settings, settings_for

    mesh = mesh_file(file)
    if mesh is None and not component:
        raise ConfigError("no trunkline.yaml here; say --file")
    if mesh is None:
        said = {"TRUNKLINE_COMPONENT": component} if component else {}
        return load_settings({**os.environ, **said})
    return settings_for(mesh, component or component_that_runs(mesh, entry), instance, os.environ)


def component_that_runs(mesh: MeshFile, entry: str) -> str:
    """Return the one component whose `run` is `entry`. Raises ConfigError where none or several are."""
    from trunkline.config import ConfigError

    found = [name for name, component in mesh.components.items() if component.run == entry]
    if len(found) == 1:
        return found[0]
    names = ", ".join(found or mesh.components)
    raise ConfigError(f"{mesh.path.name}: {len(found) or 'no'} components run {entry}; say --component, of {names}")
