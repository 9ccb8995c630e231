"""Public keys, which verify. What signs is in `signing`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from trunkline.base64url import decode, encode

if TYPE_CHECKING:
    from trunkline.identity.model import PublicKey

# The algorithm follows from the kind of key, never from what a token says.
_ALGORITHMS = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256"}
ALGORITHMS = frozenset(_ALGORITHMS.values())
"""What signs the tokens of the mesh."""

_SHA256 = SHA256()
_ECDSA = ECDSA(_SHA256)
_PADDING = PKCS1v15()
_COORDINATE = 32
_ECDSA_BYTES = 2 * _COORDINATE
_RSA_BITS = (2048, 8192)
_MAX_EXPONENT = 1 << 32  # a larger one only makes each verification dearer


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, ready to verify with. Its kind settles the algorithm; what a token says has to agree.

    It takes no more than the key itself: PyJWT would be another 5 MB in every process that verifies.
    """

    kid: str
    alg: str
    _key: Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

    @classmethod
    def of(cls, key: PublicKey) -> VerifyingKey:
        """Load a key of the mesh, Ed25519 or P-256. Raises ValueError for one this version cannot verify with."""
        alg = _ALGORITHMS.get((key.kty, key.crv))
        if alg is None or alg != key.alg or not key.kid:
            raise ValueError(f"key {key.kid!r} of kind {key.kty} {key.crv} for {key.alg} is not supported")
        try:
            loaded = Ed25519PublicKey.from_public_bytes(decode(key.x)) if alg == "EdDSA" else _point(key.x, key.y)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ValueError(f"key {key.kid!r} cannot be read") from error
        return cls(key.kid, alg, loaded)

    @classmethod
    def rsa(cls, kid: str, n: str, e: str) -> VerifyingKey:
        """Load an RSA key of an outside issuer, of 2048 to 8192 bits. Raises ValueError for any other."""
        modulus, exponent = (int.from_bytes(decode(part), "big") for part in (n, e))
        if not kid or not _RSA_BITS[0] <= modulus.bit_length() <= _RSA_BITS[1] or exponent > _MAX_EXPONENT:
            raise ValueError(f"key {kid!r} is no RSA key of {_RSA_BITS[0]} to {_RSA_BITS[1]} bits")
        return cls(kid, "RS256", RSAPublicNumbers(exponent, modulus).public_key())

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`.

        Of ECDSA both twins are good, (r, s) and (r, n-s): signers make either, and no token is known by its signature.
        """
        try:
            if isinstance(self._key, Ed25519PublicKey):
                self._key.verify(signature, message)
            elif isinstance(self._key, EllipticCurvePublicKey):
                self._key.verify(_der(signature), message, _ECDSA)
            else:
                self._key.verify(signature, message, _PADDING, _SHA256)
        except (InvalidSignature, ValueError):
            return False
        return True


def _der(signature: bytes) -> bytes:
    """Return r and s of 32 bytes each (RFC 7518, 3.4) as the library wants them; ValueError for any other form."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != _ECDSA_BYTES or r == 0 or s == 0:
        raise ValueError("no ES256 signature")
    return encode_dss_signature(r, s)


def _point(x: str, y: str) -> EllipticCurvePublicKey:
    across, up = decode(x), decode(y)
    if len(across) != _COORDINATE or len(up) != _COORDINATE:
        raise ValueError("a coordinate of P-256 has 32 bytes")
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b"\x04" + across + up)


def thumbprint(members: dict[str, str]) -> str:
    """Return the thumbprint of a JSON Web Key's required members (RFC 7638), base64url without padding."""
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return encode(hashlib.sha256(text.encode()).digest())
