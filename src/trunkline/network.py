"""Where everything is: the routes of a process, made from its settings, and what proves it to those it calls."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from trunkline.certificates.names import dns_name
from trunkline.config import BACKBONE
from trunkline.config.plaintext import refuse_plaintext
from trunkline.identity.model import spiffe_id
from trunkline.resilience.balancer import Rotation
from trunkline.resilience.budget import Budget
from trunkline.runtime.options import channel_options
from trunkline.runtime.pool import Endpoint, Pool, Routes
from trunkline.runtime.renewal import Renewal
from trunkline.runtime.tls import channel_credentials, expecting

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline.certificates.current import Current
    from trunkline.clock import Clock
    from trunkline.config import Settings
    from trunkline.runtime.renewal import Bound
    from trunkline.runtime.tls import Proof, Proofs


class Network:
    """The routes of one process. `proofs` is what proves it to others; None where connections are not encrypted.

    Raises ConfigError where plaintext would leave this machine and may not, FailedPrecondition where the process lacks
    the certificates it needs. No connection is made yet.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        beyond = refuse_plaintext(settings)
        if beyond:
            logger.warning("calls leave this machine unencrypted, as tls.plaintext allows: %s", ", ".join(beyond))
        self.proofs: Proofs | None = certificates_from(settings, clock)
        self._proof = None if self.proofs is None else self.proofs.get()
        self.routes = routes_from(settings, clock, self._proof)
        self._every = settings.tls.reload
        self._renewal: Renewal | None = None

    def start(self, bound: Bound | None = None) -> None:
        """Begin to look for new certificates; `bound` are the tokens, where they are good with one alone."""
        if self.proofs is not None and self._proof is not None:
            self._renewal = Renewal(
                self.proofs, self._proof, self.routes.pools(), every=self._every, issuer=BACKBONE, bound=bound
            )

    async def close(self) -> None:
        """Close every connection."""
        if self._renewal is not None:
            await self._renewal.close()
        await self.routes.close()


def certificates_from(settings: Settings, clock: Clock) -> Current | None:
    """Return what proves this process to others; None where its connections are not encrypted.

    Raises FailedPrecondition where its folder holds nothing good.
    """
    if settings.tls.mode == "none":
        return None
    from trunkline.certificates.current import Current

    identity = spiffe_id(settings.trust_domain, settings.component)
    return Current(settings.tls_folder, identity=identity, every=settings.tls.reload, clock=clock)


def routes_from(settings: Settings, clock: Clock, proof: Proof | None = None) -> Routes:
    """Return the routes to every component that `settings` knows. No connection is made yet.

    Where there is a `proof` it is shown on every connection, and each is made to nobody but the component it is for.
    """
    options = channel_options(settings.limits)
    credentials = None if proof is None else channel_credentials(proof)

    def pool(name: str, addresses: Sequence[str]) -> Pool:
        budget = Budget(ratio=settings.retry.budget_ratio, floor=settings.retry.budget_floor, now=clock.monotonic())
        own = options if proof is None else expecting(options, callee(settings, name))
        endpoints = [Endpoint(address, options=own, credentials=credentials) for address in addresses]
        return Pool(name, endpoints, balancer=Rotation(), budget=budget)

    pools = {name: pool(name, addresses) for name, addresses in settings.components.items() if addresses}
    for route in settings.routes.values():
        if route.component not in pools:
            pools[route.component] = pool(route.component, route.endpoints)
    return Routes({service: route.component for service, route in settings.routes.items()}, pools)


def callee(settings: Settings, component: str) -> str:
    """Return the DNS name that the certificate of `component` must have."""
    return dns_name(spiffe_id(settings.trust_domain, component))
