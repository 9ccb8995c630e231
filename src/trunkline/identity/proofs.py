"""What proves who asks for a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from trunkline.errors import Unauthenticated
from trunkline.identity.credentials import name_in
from trunkline.identity.model import component_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.call import Principal
    from trunkline.config.settings import Issuer
    from trunkline.identity.credentials import Credentials
    from trunkline.identity.peer import Peer

    Outside = Callable[[str], Awaitable[tuple[Issuer, Principal]]]
    """Judges a token of a trusted outside issuer: who issued it, and whom it speaks for. Raises Unauthenticated.

    What the issuer's settings say is a component bears its SPIFFE ID, and nobody else any.
    """

By = Literal["bootstrap", "api-key", "service-account", "certificate"]


@dataclass(frozen=True, slots=True)
class Proven:
    """Who asks, proven: the name of a component, or of an API key where `component` is false."""

    name: str
    by: By
    component: bool = True


class Proofs:
    """Judges each kind of proof. All that fail raise the same Unauthenticated (`CREDENTIALS_REFUSED`)."""

    def __init__(self, credentials: Credentials, *, trust_domain: str, outside: Outside | None = None) -> None:
        self._credentials = credentials
        self._domain = trust_domain
        self._outside = outside

    async def bootstrap(self, component: str, secret: str) -> Proven:
        """Judge the secret a component was deployed with."""
        if not await self._credentials.proves("bootstrap", component, secret):
            raise unproven("no bootstrap secret of that name is this one")
        return Proven(component, "bootstrap")

    async def api_key(self, key: str) -> Proven:
        """Judge an API key; the name is in it."""
        name = name_in(key)
        if not await self._credentials.proves("api-key", name or "-", key):
            raise unproven("no API key of that name is this one" if name else "not of the form of an API key")
        return Proven(name, "api-key", component=False)

    async def service_account(self, token: str) -> Proven:
        """Judge the token of a Kubernetes service account that a configured issuer maps to a component."""
        if self._outside is None:
            raise unproven("no outside issuer is trusted")
        try:
            issuer, principal = await self._outside(token)
        except Unauthenticated as error:
            raise unproven(f"service account token: {error.exactly}") from error
        component = component_of(principal.subject, self._domain)
        if component is None:
            raise unproven(f"{principal.subject} of {issuer.issuer} is no component")
        return Proven(component, "service-account")

    def certificate(self, peer: Peer) -> Proven:
        """Judge the certificate of the connection."""
        component = component_of(peer.identity, self._domain)
        if component is None:
            raise unproven(f"the certificate names no component: {peer.identity or 'none'}")
        return Proven(component, "certificate")


def unproven(cause: str) -> Unauthenticated:
    """Return the error for whoever did not prove anything, with a cause that only the audit log is told."""
    message = "the credential is not good, or its owner may have no token"
    return Unauthenticated("CREDENTIALS_REFUSED", message, cause=cause)
