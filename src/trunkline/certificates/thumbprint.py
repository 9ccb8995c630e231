"""The thumbprint by which a token names a certificate (RFC 8705, `x5t#S256`)."""

from __future__ import annotations

import hashlib
from ssl import PEM_cert_to_DER_cert

from trunkline.base64url import encode


def thumbprint(pem: str) -> str:
    """Return the SHA-256 of one certificate in base64url without padding. Raises ValueError where `pem` is none."""
    return encode(hashlib.sha256(PEM_cert_to_DER_cert(pem)).digest())
