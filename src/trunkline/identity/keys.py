"""Keys: the one that signs, and those that verify."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trunkline.identity.model import PublicKey

# The algorithm follows from the kind of key, never from what a token says.
_ALGORITHMS = {("OKP", "Ed25519"): "EdDSA"}
ALGORITHMS = frozenset(_ALGORITHMS.values())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the public half that verifies what it signs."""

    private: Ed25519PrivateKey
    public: PublicKey

    def __repr__(self) -> str:
        return f"SigningKey({self.public.kid})"

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new Ed25519 key."""
        return cls.of(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> SigningKey:
        """Name a private key by the thumbprint of its public half."""
        x = _base64url(private.public_key().public_bytes_raw())
        kid = thumbprint({"kty": "OKP", "crv": "Ed25519", "x": x})
        return cls(private, PublicKey(kid=kid, kty="OKP", crv="Ed25519", alg="EdDSA", x=x))


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, ready to verify with.

    It takes no more than the key itself: PyJWT, which signs, would be another 5 MB in every process that verifies.
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
    return _base64url(hashlib.sha256(text.encode()).digest())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
