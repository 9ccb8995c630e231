"""The key that signs. What verifies is in `keys`."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from trunkline.base64url import encode
from trunkline.identity.keys import thumbprint
from trunkline.identity.model import PublicKey

_COORDINATE = 32  # bytes of a number on P-256


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the public half that verifies what it signs."""

    private: Ed25519PrivateKey | EllipticCurvePrivateKey = field(repr=False)
    public: PublicKey

    def __repr__(self) -> str:
        return f"SigningKey({self.public.kid})"

    @classmethod
    def generate(cls, algorithm: str = "EdDSA") -> SigningKey:
        """Make a new key for `algorithm`: `EdDSA` on Ed25519, or `ES256`."""
        if algorithm not in {"EdDSA", "ES256"}:
            raise ValueError(f"no key can be made for {algorithm!r}: EdDSA and ES256 are known")
        return cls.of(Ed25519PrivateKey.generate() if algorithm == "EdDSA" else generate_private_key(SECP256R1()))

    @classmethod
    def of(cls, private: Ed25519PrivateKey | EllipticCurvePrivateKey) -> SigningKey:
        """Name a private key by the thumbprint of its public half. Raises ValueError for a curve other than P-256."""
        members = _members(private)
        alg = "EdDSA" if members["kty"] == "OKP" else "ES256"
        return cls(private, PublicKey(kid=thumbprint(members), alg=alg, **members))

    @classmethod
    def from_bytes(cls, data: bytes) -> SigningKey:
        """Return the key that `to_bytes` wrote. Raises ValueError for anything else."""
        try:
            private = load_der_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            private = None
        if isinstance(private, Ed25519PrivateKey | EllipticCurvePrivateKey):
            return cls.of(private)
        # What failed to parse may be half a private key, so its text goes into no traceback.
        raise ValueError("no signing key") from None

    def to_bytes(self) -> bytes:
        """Return the private key as PKCS #8 in DER, not encrypted."""
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message` as a JWS holds it (RFC 7518): for ES256 r and s, not DER."""
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(message)
        r, s = decode_dss_signature(self.private.sign(message, ECDSA(SHA256())))
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")


def _members(private: Ed25519PrivateKey | EllipticCurvePrivateKey) -> dict[str, str]:
    if isinstance(private, Ed25519PrivateKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(private.public_key().public_bytes_raw())}
    if private.curve.name != SECP256R1.name:
        raise ValueError(f"keys on {private.curve.name} are not supported")
    point = private.public_key().public_numbers()
    x, y = (encode(number.to_bytes(_COORDINATE, "big")) for number in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
