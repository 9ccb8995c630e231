"""The parts of a mesh that become processes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.config import BACKBONE, settings_for
from trunkline.config.plaintext import refuse_plaintext
from trunkline.supervisor.target import target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trunkline.config import MeshFile
    from trunkline.supervisor.target import Target

    Command = Callable[[MeshFile, str], Sequence[str]]

# What a process may take beyond its drain to flush and to end.
MARGIN = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `environ` is what it is told besides its inheritance; `patience` how long it may take to stop.

    `target` is where its health is asked for; None where it serves nothing.
    """

    name: str
    component: str
    target: Target | None
    command: tuple[str, ...]
    environ: Mapping[str, str]
    patience: float


def trunkline_command(mesh: MeshFile, component: str) -> Sequence[str]:
    """Return the command of Trunkline itself that runs a component, or the backbone."""
    entry = None if component == BACKBONE else mesh.components[component].run
    return [sys.executable, "-m", "trunkline.cli.child", *([entry] if entry else [])]


def parts_of(mesh: MeshFile, command: Command, environ: Mapping[str, str]) -> list[Part]:
    """Return one part for each instance that is started, the backbone first.

    Raises ConfigError where `environ` names a setting that does not exist, or plaintext would leave this machine.
    """
    endpoints = mesh.endpoints()
    return [
        _part(mesh, name, index, len(endpoints.get(name, ())), command, environ)
        for name in mesh.started()
        for index in range(len(endpoints.get(name, (None,))))
    ]


def _part(
    mesh: MeshFile, component: str, index: int, instances: int, command: Command, environ: Mapping[str, str]
) -> Part:
    settings = settings_for(mesh, component, index, environ)
    refuse_plaintext(settings)
    return Part(
        name=f"{component}/{index}" if instances > 1 else component,
        component=component,
        target=target_of(settings, mesh.endpoints()[component][index]) if instances else None,
        command=tuple(command(mesh, component)),
        environ={
            "TRUNKLINE_FILE": str(mesh.path),
            "TRUNKLINE_COMPONENT": component,
            "TRUNKLINE_INSTANCE": str(index),
        },
        patience=settings.drain.delay + settings.drain.grace + MARGIN,
    )
