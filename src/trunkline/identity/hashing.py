"""Hashes of secrets that people may have chosen: slow on purpose, in threads, a few at a time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor

from trunkline.errors import ResourceExhausted

SALT = 16
_COST, _BLOCK, _LANES = 2**14, 8, 1  # 16 MiB and tens of milliseconds each
_AT_ONCE = 2
_WAITING = 64


class Hashing:
    """Computes scrypt, at most 2 at once. What was found right is remembered, so that it is computed once.

    The memory is bounded, holds no secret, and is of no use to another process: its keys are made with a random one.
    """

    def __init__(self, *, remember: int = 1024) -> None:
        self._known: dict[bytes, bytes] = {}
        self._remember = remember
        self._key = secrets.token_bytes(32)
        # Threads of its own: one who gives up leaves a hash behind that is still being computed, and takes a place.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="scrypt")
        self._waiting = 0
        self.computed = 0

    async def hash(self, secret: str, salt: bytes) -> bytes:
        """Return the hash of `secret`. Raises ResourceExhausted (`TOO_MANY_REQUESTS`) where too many wait already."""
        if self._waiting >= _WAITING:
            raise ResourceExhausted("TOO_MANY_REQUESTS", "too many secrets are being checked", retry_after=1.0)
        self._waiting += 1
        try:
            self.computed += 1
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _scrypt, secret.encode(), salt)
        finally:
            self._waiting -= 1

    async def matches(self, secret: str, salt: bytes, hashes: tuple[bytes, ...]) -> bool:
        """Whether the hash of `secret` is among `hashes`. The time tells nothing but whether it was right before."""
        label = hmac.digest(self._key, salt + secret.encode(), "sha256")
        found = self._known.get(label)
        if found is None or not _among(found, hashes):
            found = await self.hash(secret, salt)
        right = _among(found, hashes)
        if right:
            self._remember_as(label, found)
        return right

    def _remember_as(self, label: bytes, found: bytes) -> None:
        self._known.pop(label, None)
        self._known[label] = found
        if len(self._known) > self._remember:
            del self._known[next(iter(self._known))]


def new_salt() -> bytes:
    """Return a random salt."""
    return secrets.token_bytes(SALT)


def _among(found: bytes, hashes: tuple[bytes, ...]) -> bool:
    same = [hmac.compare_digest(found, one) for one in hashes]
    return any(same)


def _scrypt(secret: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(secret, salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=32)
