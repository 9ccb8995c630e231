"""Names: of the files in a folder of certificates, and those in a certificate, all made from its SPIFFE ID."""

from __future__ import annotations

CERTIFICATE, KEY, CA = "tls.crt", "tls.key", "ca.crt"
SCHEME = "spiffe://"


def dns_name(identity: str) -> str:
    """Return the DNS name that stands for a SPIFFE ID: `accounts.campus` for `spiffe://campus/accounts`.

    gRPC compares the DNS names of a server's certificate with the callee, and no URI. The name of a component has no
    dot, so no two identities share a DNS name.
    """
    domain, _, component = identity.removeprefix(SCHEME).partition("/")
    return f"{component}.{domain}"


def component_part(identity: str) -> str:
    """Return the name of the component in a SPIFFE ID."""
    return identity.rpartition("/")[2]
