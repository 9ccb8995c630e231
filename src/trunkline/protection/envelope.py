"""Encryption of values at rest: each has a key of its own, which a key of yours encrypts.

A sealed value is: version (1 byte), length of the key's id (1), id, nonce (12), encrypted data key (48), encrypted
value with its tag (16 more). Both are AES-256-GCM. To change the key of yours, only the data key is encrypted anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trunkline.errors import DataLoss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_VERSION = 1
_KEY = 32
_NONCE = 12
_TAG = 16
_WRAPPED = _KEY + _TAG
_ID = re.compile(r"[!-~]{1,64}")
# A data key encrypts one value and no other, so its nonce never repeats.
_ONCE = bytes(_NONCE)


@dataclass(frozen=True, slots=True)
class _Sealed:
    key_id: str
    nonce: bytes
    wrapped: bytes
    value: bytes

    def __bytes__(self) -> bytes:
        return bytes([_VERSION, len(self.key_id)]) + self.key_id.encode() + self.nonce + self.wrapped + self.value


class Envelope:
    """Seals values with the key `current` of `keys`, and opens what any of them has sealed.

    `keys` are 32 random bytes each, by an id of 1 to 64 printable ASCII characters. Keep one for as long as something
    is sealed with it. One key is good for 2**32 values. Raises ValueError for what is no such key.
    """

    def __init__(self, keys: Mapping[str, bytes], *, current: str, random: Callable[[int], bytes] = os.urandom) -> None:
        if current not in keys:
            raise ValueError(f"there is no key {current!r} to seal with")
        for key_id, key in keys.items():
            if not _ID.fullmatch(key_id):
                raise ValueError(f"the id {key_id!r} of a key is not 1 to 64 printable ASCII characters without spaces")
            if len(key) != _KEY:
                raise ValueError(f"key {key_id!r} has {len(key)} bytes, not {_KEY}")
        self._keys = {key_id: AESGCM(bytes(key)) for key_id, key in keys.items()}
        self._current = current
        self._random = random

    def __repr__(self) -> str:
        return f"Envelope({', '.join(self._keys)}; current {self._current})"

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        """Return `plaintext` encrypted: 78 bytes and the id of the key longer.

        `context` says where the value belongs, such as table, column and row. It is not kept: whoever opens the value
        must say the same, so that none can be put in the place of another.
        """
        data_key = self._random(_KEY)
        value = AESGCM(data_key).encrypt(_ONCE, plaintext, _bound(b"value", "", context))
        return bytes(self._wrap(data_key, value, context))

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Decrypt what `seal` returned.

        Raises DataLoss: `SEALED_MALFORMED` for what is no sealed value, `SEALED_KEY_UNKNOWN` where its key is not among
        `keys`, `SEALED_ALTERED` where a byte, the context or the key is another.
        """
        parts = _taken_apart(sealed)
        return _decrypt(AESGCM(self._data_key(parts, context)), _ONCE, parts.value, _bound(b"value", "", context))

    def reseal(self, sealed: bytes, *, context: bytes) -> bytes:
        """Return the same value under the key `current`; what is under it already comes back unchanged.

        Raises what `open` raises.
        """
        parts = _taken_apart(sealed)
        self.open(sealed, context=context)
        if parts.key_id == self._current:
            return sealed
        return bytes(self._wrap(self._data_key(parts, context), parts.value, context))

    def _wrap(self, data_key: bytes, value: bytes, context: bytes) -> _Sealed:
        nonce = self._random(_NONCE)
        bound = _bound(b"key", self._current, context)
        return _Sealed(self._current, nonce, self._keys[self._current].encrypt(nonce, data_key, bound), value)

    def _data_key(self, parts: _Sealed, context: bytes) -> bytes:
        key = self._keys.get(parts.key_id)
        if key is None:
            raise DataLoss(
                "SEALED_KEY_UNKNOWN", f"the value was sealed with the key {parts.key_id!r}, which is not here"
            )
        return _decrypt(key, parts.nonce, parts.wrapped, _bound(b"key", parts.key_id, context))


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that a value is sealed with. Raises DataLoss (`SEALED_MALFORMED`)."""
    return _taken_apart(sealed).key_id


def _decrypt(key: AESGCM, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    try:
        return key.decrypt(nonce, data, bound)
    except InvalidTag:
        message = "the sealed value was altered, or belongs elsewhere, or its key is another of the same name"
        raise DataLoss("SEALED_ALTERED", message) from None


def _bound(part: bytes, key_id: str, context: bytes) -> bytes:
    return b"\0".join([b"trunkline envelope", bytes([_VERSION]), part, key_id.encode(), context])


def _taken_apart(sealed: bytes) -> _Sealed:
    data = bytes(sealed)
    start = 2 + (data[1] if len(data) > 1 else 0)
    key_id = data[2:start].decode("ascii", "replace")
    middle = start + _NONCE
    end = middle + _WRAPPED
    if len(data) < end + _TAG or data[0] != _VERSION or not _ID.fullmatch(key_id):
        raise DataLoss("SEALED_MALFORMED", "this is no sealed value, or one of a later version")
    return _Sealed(key_id, data[start:middle], data[middle:end], data[end:])
