"""Keys for signed messages: those of this room, and what any other has to look like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signs(Protocol):
    """What signs. `alg` is its algorithm as RFC 7518 or RFC 8037 calls it, and `kid` the name receivers know it by."""

    @property
    def kid(self) -> str: ...  # noqa: D102

    @property
    def alg(self) -> str: ...  # noqa: D102

    def sign(self, data: bytes, /) -> bytes:
        """Return the signature over `data` in the form of a JWS."""
        ...


class Verifies(Protocol):
    """What verifies what a key of the same `kid` and `alg` has signed."""

    @property
    def kid(self) -> str: ...  # noqa: D102

    @property
    def alg(self) -> str: ...  # noqa: D102

    def signed(self, data: bytes, signature: bytes, /) -> bool:
        """Whether `signature` is this key's over `data`. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class MessageVerifier:
    """An Ed25519 public key for `verify_message`."""

    kid: str
    public: Ed25519PublicKey

    @property
    def alg(self) -> str:
        """The algorithm: EdDSA."""
        return "EdDSA"

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `data`."""
        try:
            self.public.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class MessageSigner:
    """An Ed25519 private key for `sign_message`."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def alg(self) -> str:
        """The algorithm: EdDSA."""
        return "EdDSA"

    @property
    def verifier(self) -> MessageVerifier:
        """The public half, for receivers."""
        return MessageVerifier(self.kid, self.private.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return the signature over `data`."""
        return self.private.sign(data)
