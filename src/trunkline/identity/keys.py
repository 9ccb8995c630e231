"""Public keys, which verify. What signs is in `signing`."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from trunkline.identity.model import PublicKey

# The algorithm follows from the kind of key, never from what a token says.
_ALGORITHMS = {("OKP", "Ed25519"): "EdDSA"}
ALGORITHMS = frozenset(_ALGORITHMS.values())


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, ready to verify with.

    It takes no more than the key itself: PyJWT would be another 5 MB in every process that verifies.
    """

    kid: str
    alg: str
    _key: Ed25519PublicKey

    @classmethod
    def of(cls, key: PublicKey) -> VerifyingKey:
        """Load a published key. Raises ValueError for one of a kind this version cannot verify with."""
        alg = _ALGORITHMS.get((key.kty, key.crv))
        if alg is None or alg != key.alg or not key.kid:
            raise ValueError(f"key {key.kid!r} of kind {key.kty} {key.crv} for {key.alg} is not supported")
        try:
            loaded = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key.x + "=" * (-len(key.x) % 4)))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ValueError(f"key {key.kid!r} cannot be read") from error
        return cls(key.kid, alg, loaded)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def thumbprint(members: dict[str, str]) -> str:
    """Return the thumbprint of a JSON Web Key's required members (RFC 7638), base64url without padding."""
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return base64url(hashlib.sha256(text.encode()).digest())


def base64url(data: bytes) -> str:
    """Return `data` in base64url without padding, as JSON Web Keys and tokens hold it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
