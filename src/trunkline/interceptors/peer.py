"""Whether the certificate of a connection fits who calls over it: a token is good in the hands of its owner alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import Unauthenticated
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from trunkline.call import Call

TLS = "TLSv1.3"


class Peer(Interceptor):
    """Lets nobody in whose certificate is of another trust domain, nor a token that another component brings.

    Stands behind `ServerAuth` where both ends show a certificate. A public method needs no token, so only the
    certificate is looked at. A token of an outside issuer names no component and is good with any certificate.
    """

    def __init__(self, *, trust_domain: str) -> None:
        self._prefix = f"spiffe://{trust_domain}/"

    def admit(self, call: Call) -> None:
        """Compare the certificate with the mesh and with the token."""
        identity = call.peer_identity
        # Without the cipher suites that `import trunkline` sets, because gRPC was loaded before, it may be TLS 1.2.
        if call.tls_version != TLS:
            cause = call.tls_version or "not encrypted"
            raise Unauthenticated("TLS_VERSION", f"this mesh speaks {TLS} alone", cause=cause)
        if not identity.startswith(self._prefix):
            message = "the certificate is not of a component of this mesh"
            raise Unauthenticated("PEER_UNKNOWN", message, cause=identity or "no SPIFFE ID")
        principal = call.principal
        if principal is not None and principal.caller != identity and principal.caller.startswith(self._prefix):
            message = "the token is not of the component that the certificate is of"
            raise Unauthenticated("TOKEN_PEER", message, cause=f"a token of {principal.caller} brought by {identity}")
