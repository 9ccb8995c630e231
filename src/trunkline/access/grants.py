"""The grants as they are told: by the settings of the backbone, or by the files of a mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.identity.grants import Grants
from trunkline.identity.model import Grant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.config import AccessFile, MeshFile, Settings
    from trunkline.config import Grant as Told


def from_settings(settings: Settings) -> Grants:
    """Return the grants that the backbone was told."""
    return Grants(_granted(settings.grants), _granted(settings.users))


def from_files(mesh: MeshFile, access: AccessFile) -> Grants:
    """Return the grants that the access file of a mesh says."""
    return Grants(
        _granted({name: access.component(name) for name in mesh.components}),
        _granted({name: access.user(name) for name in access.users}),
    )


def _granted(told: Mapping[str, Told]) -> dict[str, Grant]:
    return {name: Grant(frozenset(one.scopes), frozenset(one.roles)) for name, one in told.items()}
