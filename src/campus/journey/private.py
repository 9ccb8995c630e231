"""A mesh of our own: the same components as in the mesh file, on free ports and with data that nobody else has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline import load_mesh_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trunkline import MeshFile, Settings

# What would send a component somewhere else than into the private mesh.
PLACES = frozenset(
    f"TRUNKLINE_{name}"
    for name in ("BACKBONE", "COMPONENTS", "DATABASE", "DATA_DIR", "LISTEN", "ROUTES", "SECRETS_DIR", "SECRET_FILE")
)
# So many sampled submissions at least, where there are as many, for one of them to be shown.
SAMPLES = 50


def private_mesh(file: Path, folder: Path) -> MeshFile:
    """Return the mesh of `file` with its data in `folder` and every port 0, for `Supervisor` to choose.

    Raises ConfigError where the file is not there or is wrong.
    """
    mesh = load_mesh_file(file)
    free = {name: [_port_0(address) for address in addresses] for name, addresses in mesh.endpoints().items()}
    return mesh.with_endpoints(free).with_data_dir(folder)


def private_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of its processes: tuned as ours, but told nothing about places."""
    kept = {name: value for name, value in environ.items() if name not in PLACES}
    # Nobody but us calls them, and we have finished when they stop.
    return {"TRUNKLINE_DRAIN__DELAY": "0", **kept}


def sampled(settings: Settings, submissions: int) -> Settings:
    """Return the settings with a sampling ratio that lets even a small data set show a trace."""
    ratio = max(settings.tracing.sample_ratio, min(1.0, SAMPLES / max(submissions, 1)))
    return settings.model_copy(update={"tracing": settings.tracing.model_copy(update={"sample_ratio": ratio})})


def _port_0(address: str) -> str:
    return address.rpartition(":")[0] + ":0"
