"""A token that is bound to a certificate is good on a connection of that certificate alone (RFC 8705)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from trunkline.certificates.thumbprint import thumbprint
from trunkline.errors import Unauthenticated

if TYPE_CHECKING:
    from trunkline.call import Call, Principal

_REMEMBER = 1024


class Binding:
    """Compares a token's `cnf` with the certificate of the caller. One without is good where binding is not `required`.

    Thumbprints are remembered by the certificate itself, never by the peer's address: another connection may come to
    have that. At most 1,024, oldest out first.
    """

    def __init__(self, *, required: bool = True) -> None:
        self._required = required
        self._thumbprints: dict[str, str] = {}

    def check(self, call: Call, principal: Principal) -> None:
        """Raise Unauthenticated (`TOKEN_UNBOUND`) unless the token was issued to who holds the certificate."""
        bound = principal.claims.get("cnf")
        if bound is None and not self._required:
            return
        said = bound.get("x5t#S256") if isinstance(bound, dict) else None
        certificate = call.peer_certificate
        if not isinstance(said, str) or not certificate:
            raise _unbound("no certificate" if isinstance(said, str) else "bound to nothing")
        if not hmac.compare_digest(said.encode(), self._thumbprint(certificate).encode()):
            raise _unbound(f"bound to {said}")

    def _thumbprint(self, certificate: str) -> str:
        known = self._thumbprints.get(certificate)
        if known is None:
            known = thumbprint(certificate)
            if len(self._thumbprints) >= _REMEMBER:
                del self._thumbprints[next(iter(self._thumbprints))]
            self._thumbprints[certificate] = known
        return known


def _unbound(cause: str) -> Unauthenticated:
    message = "the token is not bound to the certificate of this connection"
    return Unauthenticated("TOKEN_UNBOUND", message, cause=cause)
