"""Which servers are meant: an address, or a component of the mesh file by its name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from trunkline.cli.place import mesh_file
from trunkline.config import ConfigError, settings_for
from trunkline.config.address import split_address
from trunkline.config.fault import nearest
from trunkline.supervisor.target import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from trunkline.config import MeshFile


def found_targets(wanted: Iterable[str], file: Path | None) -> dict[str, Target]:
    """Return what each of `wanted` is, by its name; each instance where a component has several.

    An address that is a component's in the mesh file is taken for that component, any other for plaintext. Raises
    ConfigError where there is no such component, or what should be an address is none; FailedPrecondition where the
    certificate to show cannot be read.
    """
    found: dict[str, Target] = {}
    for one in wanted:
        found |= {one: _at(one, file)} if ":" in one else _named(one, file)
    return found


def _at(address: str, file: Path | None) -> Target:
    try:
        split_address(address)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    mesh = mesh_file(file)
    for name, endpoints in mesh.endpoints().items() if mesh else ():
        if mesh is not None and address in endpoints:
            return _target(mesh, name, endpoints.index(address), address)
    return Target(address)


def _named(name: str, file: Path | None) -> dict[str, Target]:
    mesh = mesh_file(file)
    endpoints = mesh.endpoints() if mesh else {}
    if mesh is None or name not in endpoints:
        where = mesh.path.name if mesh else "no trunkline.yaml here"
        raise ConfigError(f"{where}: no component {name!r} with an address{nearest(name, endpoints)}")
    several = len(endpoints[name]) > 1
    return {
        f"{name}/{index}" if several else name: _target(mesh, name, index, address)
        for index, address in enumerate(endpoints[name])
    }


def _target(mesh: MeshFile, name: str, index: int, address: str) -> Target:
    target = target_of(settings_for(mesh, name, index, os.environ), address)
    target.proof()
    return target
