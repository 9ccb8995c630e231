"""A server whose health is asked for: where it is, and what it takes to be let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.certificates.disk import read_file
from trunkline.certificates.names import CA, CERTIFICATE, KEY, dns_name
from trunkline.identity.model import spiffe_id

if TYPE_CHECKING:
    from pathlib import Path

    from trunkline.config import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """Plaintext where `folder` is None; else it holds the certificate to show, and `name` is what the server's says."""

    address: str
    folder: Path | None = None
    name: str = ""

    def proof(self) -> tuple[bytes, bytes, bytes] | None:
        """Return authorities, private key and certificate in PEM; None in plaintext.

        Raises FailedPrecondition where a file cannot be read.
        """
        if self.folder is None:
            return None
        roots, key, chain = (read_file(self.folder / name) for name in (CA, KEY, CERTIFICATE))
        return roots, key, chain


def target_of(settings: Settings, address: str) -> Target:
    """Return how the component of `settings` is asked at `address`: under TLS it is shown its own certificate."""
    if settings.tls.mode == "none":
        return Target(address)
    return Target(address, settings.tls_folder, dns_name(spiffe_id(settings.trust_domain, settings.component)))
