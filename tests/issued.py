"""Certificates for tests, issued by an authority of their own, and servers and clients that show them."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.certificates.authority import Authority

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Proof:
    """What one component shows, and whom it believes."""

    key: bytes
    chain: bytes
    roots: bytes

    def write(self, folder: Path) -> Path:
        """Lay it out as cert-manager does."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("tls.key", self.key), ("tls.crt", self.chain), ("ca.crt", self.roots)):
            (folder / name).write_bytes(content)
        (folder / "tls.key").chmod(0o600)
        return folder


class Vouching:
    """An authority, and the proofs it has given."""

    def __init__(self, trust_domain: str = "campus", *, now: dt.datetime = NOW) -> None:
        self.trust_domain = trust_domain
        self.authority = Authority.make(trust_domain, now)

    def proof(self, component: str, *, trust_domain: str = "") -> Proof:
        """Return a new proof of `component`."""
        identity = f"spiffe://{trust_domain or self.trust_domain}/{component}"
        return Proof(*self.authority.issue(identity), self.authority.certificate)


class Proofs:
    """A source whose proof a test changes."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def get(self) -> Proof:
        return self.proof


def handshake(port: int, proof: Proof | None, folder: Path, *, version: ssl.TLSVersion | None = None) -> bytes:
    """Shake hands with the server at `port`; return its certificate. Raises OSError where it hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if proof is not None:
        proof.write(folder)
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain) as secure,
    ):
        # Under TLS 1.3 the server judges the client's certificate after the client's part of the handshake is over.
        if not secure.recv(1):
            raise ConnectionResetError("the server hung up")
        return secure.getpeercert(binary_form=True) or b""


def der(proof: Proof) -> bytes:
    """Return the certificate of `proof` as it goes over the wire."""
    return ssl.PEM_cert_to_DER_cert(proof.chain.decode())
