"""The backbone: the composition root of everything the mesh provides for its components."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from trunkline.clock import SystemClock
from trunkline.identity.grants import Grants
from trunkline.identity.issuer import Issuer
from trunkline.identity.keyfile import open_key
from trunkline.identity.model import Grant
from trunkline.identity.published import Published
from trunkline.identity.service import Identity
from trunkline.membership import Stranger
from trunkline.mesh import Mesh

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from trunkline.config import Settings
    from trunkline.identity.model import PublicKey


async def serve_backbone(settings: Settings) -> None:
    """Serve the backbone until it is told to stop.

    Raises FailedPrecondition where the signing key or a secret cannot be used, OSError where the port is taken.
    """
    clock = SystemClock()
    key = open_key(settings.data_dir / "identity.pem")
    granted = {
        name: Grant(scopes=frozenset(one.scopes), roles=frozenset(one.roles)) for name, one in settings.grants.items()
    }
    secrets = settings.secrets_dir or settings.data_dir / "secrets"
    grants = Grants.load(granted, secrets, callees=[settings.component])
    issuer = Issuer(key, name=settings.issuer, trust_domain=settings.trust_domain, clock=clock)
    async with Mesh.open(settings, membership=lambda own: _Issuing(own, clock, key.public)) as mesh:
        for name in grants.without_secret:
            logger.warning("%s has no bootstrap secret in %s and can get no token", name, secrets)
        published = Published([key.public])
        await mesh.serve(Identity(issuer, grants, published, draining=mesh.stop.asked))


class _Issuing(Stranger):
    """The backbone verifies with the key it signs with, and calls nobody."""

    def __init__(self, settings: Settings, clock: SystemClock, key: PublicKey) -> None:
        super().__init__(settings, clock)
        self.verifier.replace_keys([key])
