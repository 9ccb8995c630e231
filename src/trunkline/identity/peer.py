"""Who is at the other end of a connection: an address, and a certificate where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from trunkline.call import host_of
from trunkline.certificates.thumbprint import thumbprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CERTIFICATE = "x509_pem_cert"


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end. `identity` and `thumbprint` (x5t#S256) are those of its certificate, empty where it has none."""

    address: str = ""
    identity: str = ""
    thumbprint: str = ""

    @property
    def name(self) -> str:
        """What a peer is counted by: its SPIFFE ID, or else the host it calls from."""
        return self.identity or host_of(self.address)


def peer_of(address: str, auth: Mapping[str, Iterable[bytes]] | None) -> Peer:
    """Return the peer at `address`, such as `ipv4:127.0.0.1:51234`, from gRPC's auth context.

    TLS has verified the certificate. It says who the peer is if it has exactly one URI, as SPIFFE demands, and that is
    a SPIFFE ID.
    """
    text = next(iter((auth or {}).get(_CERTIFICATE, ())), b"")
    if not text:
        return Peer(address)
    certificate = x509.load_pem_x509_certificate(text)
    return Peer(address, _identity(certificate), thumbprint(text.decode()))


def _identity(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return uris[0] if len(uris) == 1 and uris[0].startswith("spiffe://") else ""
