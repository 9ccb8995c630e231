"""Certificates for a development mesh: made before anything starts, renewed at each `up` that finds them due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.certificates.folder import read_folder
from trunkline.config import BACKBONE, settings_for
from trunkline.errors import FailedPrecondition
from trunkline.identity.model import spiffe_id
from trunkline.supervisor.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.clock import Clock
    from trunkline.config import MeshFile, Settings


def vouch(mesh: MeshFile, environ: Mapping[str, str], clock: Clock) -> None:
    """See that every component that speaks TLS has a good certificate, clients included.

    Those without a folder of their own in the settings get one from the development authority in `<data_dir>/tls`.
    Raises StartError where one has none, OSError where a file cannot be written.
    """
    everybody = [settings_for(mesh, name, 0, environ) for name in (BACKBONE, *mesh.components)]
    under_tls = [one for one in everybody if one.tls.mode == "mutual"]
    try:
        _supply([one for one in under_tls if one.tls.folder is None], clock)
        for one in under_tls:
            if one.tls.folder is not None and one.component in mesh.started():
                read_folder(one.tls_folder, identity=_identity(one), now=clock.time())
    except FailedPrecondition as error:
        raise StartError(f"tls: {error.message}; nothing was started", final=True) from None


def _supply(everybody: list[Settings], clock: Clock) -> None:
    if not everybody:
        return
    from trunkline.certificates.authority import supply_all

    first = everybody[0]
    places = [(one.tls_folder, _identity(one)) for one in everybody]
    supply_all(first.data_dir / "tls", places, trust_domain=first.trust_domain, clock=clock)


def _identity(settings: Settings) -> str:
    return spiffe_id(settings.trust_domain, settings.component)
