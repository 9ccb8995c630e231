"""Signing keys at rest: encrypted, and bound to their names."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trunkline.errors import FailedPrecondition
from trunkline.identity.signing import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable

_NONCE = 12


class Vault:
    """Encrypts with AES-256-GCM under `master`; `where` names for people where that key came from.

    `entropy(n)` gives n bytes.
    """

    def __init__(self, master: bytes, *, where: str, entropy: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._cipher = AESGCM(master)
        self._where = where
        self._entropy = entropy

    def __repr__(self) -> str:
        return f"Vault({self._where})"

    def seal(self, key: SigningKey) -> bytes:
        """Return the private key encrypted. The same key gives another text each time."""
        nonce = self._entropy(_NONCE)
        return nonce + self._cipher.encrypt(nonce, key.to_bytes(), key.public.kid.encode())

    def open(self, kid: str, sealed: bytes) -> SigningKey:
        """Return the key that `seal` took in under the name `kid`.

        Raises FailedPrecondition (`MASTER_KEY_DIFFERS`) where the master key is another, or the text was changed or
        moved to this name from another one.
        """
        try:
            data = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], kid.encode())
            return SigningKey.from_bytes(data)
        except (InvalidTag, ValueError):
            message = (
                f"signing key {kid} in the store cannot be decrypted with the master key of {self._where}: "
                "restore the master key it was encrypted with, or the store"
            )
            raise FailedPrecondition("MASTER_KEY_DIFFERS", message) from None
