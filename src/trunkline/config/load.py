"""The settings of one process: what the mesh file says of it, and what the environment says instead."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from trunkline.config.accessfile import load_access_file
from trunkline.config.address import split_address
from trunkline.config.environment import PREFIX, overrides, variable, without_who
from trunkline.config.fault import ConfigError, faults_of, nearest
from trunkline.config.meshfile import BACKBONE, BACKBONE_SERVICES, MeshFile, load_mesh_file
from trunkline.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NO_ENVIRONMENT: Mapping[str, str] = {}


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of the process that `environ` describes.

    `TRUNKLINE_FILE`, `TRUNKLINE_COMPONENT` and `TRUNKLINE_INSTANCE` say who it is; without a file all settings come
    from the environment. Raises ConfigError with one line per fault.
    """
    file = environ.get(f"{PREFIX}FILE")
    if not file:
        return _build({}, overrides(environ), "")
    mesh = load_mesh_file(Path(file))
    component = environ.get(f"{PREFIX}COMPONENT")
    if not component:
        raise ConfigError(f"{PREFIX}COMPONENT: missing; say one of {', '.join([BACKBONE, *mesh.components])}")
    instance = environ.get(f"{PREFIX}INSTANCE", "0")
    if not (instance.isascii() and instance.isdigit()):
        raise ConfigError(f"{PREFIX}INSTANCE: must be a number from 0, not {instance!r}")
    return settings_for(mesh, component, int(instance), environ)


def settings_for(
    mesh_file: MeshFile, component: str, instance: int = 0, environ: Mapping[str, str] = NO_ENVIRONMENT
) -> Settings:
    """Return the settings of one instance of `component`, or of `backbone`; `environ` wins over the file.

    Raises ConfigError where the mesh has no such component or instance, and for every fault of the environment.
    """
    if component != BACKBONE and component not in mesh_file.components:
        close = nearest(component, [BACKBONE, *mesh_file.components])
        raise ConfigError(f"{mesh_file.path.name}: components.{component}: no such component{close}")
    instances = len(mesh_file.endpoints().get(component, ("",)))
    if instance >= instances:
        raise ConfigError(f"{mesh_file.path.name}: {component} has no instance {instance}; it has {instances}")
    _without_port_0(mesh_file)
    given = overrides(without_who(environ))
    folder = Path(given["data_dir"]).absolute() if "data_dir" in given else mesh_file.folder
    values = _shared(mesh_file, folder) | {"component": component, "instance": instance}
    if component == BACKBONE:
        values |= _backbone(mesh_file, folder)
    else:
        values |= _component(mesh_file, component, instance, folder)
    return _build(values, given | ({"data_dir": folder} if "data_dir" in given else {}), mesh_file.path.name)


def _without_port_0(mesh: MeshFile) -> None:
    for name, endpoints in mesh.endpoints().items():
        if any(split_address(endpoint)[1] == 0 for endpoint in endpoints):
            raise ConfigError(f"{mesh.path.name}: {name} has port 0, which only `up` can turn into a free one")


def _shared(mesh: MeshFile, folder: Path) -> dict[str, Any]:
    endpoints = mesh.endpoints()
    owners = dict.fromkeys(BACKBONE_SERVICES, BACKBONE)
    owners |= {service: name for name, component in mesh.components.items() for service in component.services}
    return {
        "environment": mesh.environment,
        "mesh": mesh.mesh,
        "file": mesh.path,
        "data_dir": folder,
        "backbone": mesh.backbone.address,
        "routes": {service: {"component": name, "endpoints": endpoints[name]} for service, name in owners.items()},
        "components": endpoints,
    }


def _backbone(mesh: MeshFile, folder: Path) -> dict[str, Any]:
    access = load_access_file(mesh)
    return {
        **_tuning(mesh, BACKBONE),
        "listen": mesh.backbone.listen or mesh.backbone.address,
        "services": BACKBONE_SERVICES,
        "secrets_dir": folder / "secrets",
        "grants": {name: access.component(name).model_dump() for name in mesh.components},
        "users": {name: access.user(name).model_dump() for name in access.users},
    }


def _component(mesh: MeshFile, name: str, instance: int, folder: Path) -> dict[str, Any]:
    component = mesh.components[name]
    return {
        **_tuning(mesh, name),
        "listen": component.listen or (component.endpoints[instance] if component.endpoints else None),
        "services": component.services,
        "needs": component.needs,
        "database": component.database.replace("{data_dir}", str(folder)),
        "secret_file": folder / "secrets" / name,
    }


def _tuning(mesh: MeshFile, name: str) -> dict[str, Any]:
    own = mesh.backbone.settings if name == BACKBONE else mesh.components[name].settings
    return merged(mesh.settings.model_dump(exclude_unset=True), own.model_dump(exclude_unset=True))


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `under` with what `over` says instead, mapping by mapping."""
    result = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def _build(values: dict[str, Any], given: dict[str, Any], file: str) -> Settings:
    from_file = dict.fromkeys(_keys(values), file)
    from_environment = dict.fromkeys(_keys(given), "environment")
    try:
        settings = Settings.model_validate(merged(values, given))
    except ValidationError as error:
        # The mesh file has been checked by now: what is wrong here, the environment said.
        lines = [f"{variable(fault.path)}: {fault.message}" for fault in faults_of(error, Settings)]
        raise ConfigError("\n".join(lines)) from None
    return settings.with_sources(from_file | from_environment)


def _keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{key}.")
        yield f"{prefix}{key}"
