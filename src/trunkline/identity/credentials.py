"""Secrets that prove who asks: a component's bootstrap secret, or the API key of whoever is none."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from trunkline.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from trunkline.identity.hashing import new_salt
from trunkline.identity.secret import MIN_LENGTH, read_secret
from trunkline.storage.ports import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from trunkline.clock import Clock
    from trunkline.identity.hashing import Hashing
    from trunkline.storage.ports import KeyValue

    Kind = Literal["bootstrap", "api-key"]

PREFIX = "credentials/"
_API_KEY = re.compile(r"tlk_([a-z][a-z0-9-]{0,63})_[!-~]{16,}", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_DUMMY = (bytes(16), (bytes(32),))


@dataclass(frozen=True, slots=True)
class Credential:
    """What is kept of a credential: hashes of its secrets, the newer first, under one salt.

    `filed` is the hash of the secret that was last found in a file, good now or not; empty where there was none. Times
    in seconds since the epoch.
    """

    kind: Kind
    name: str
    created_at: float
    rotated_at: float
    salt: bytes = field(repr=False)
    hashes: tuple[bytes, ...] = field(default=(), repr=False)
    filed: bytes = field(default=b"", repr=False)


class Credentials:
    """The credentials in the store. Two secrets of each are good at a time."""

    def __init__(self, store: KeyValue, hashing: Hashing, *, clock: Clock) -> None:
        self._store = store
        self._hashing = hashing
        self._now = clock.time

    async def proves(self, kind: Kind, name: str, secret: str) -> bool:
        """Whether `secret` is one of those of `name`. The work is the same for a name that there is not."""
        one, _ = await self._get(kind, name)
        salt, hashes = (one.salt, one.hashes) if one is not None and one.hashes else _DUMMY
        return await self._hashing.matches(secret, salt, hashes)

    async def add(self, kind: Kind, name: str, secret: str = "") -> str:
        """Store a first secret, or make one; return it.

        Raises AlreadyExists (`CREDENTIAL_EXISTS`) and InvalidArgument (`SECRET_UNFIT`).
        """
        one, revision = await self._get(kind, name)
        if one is not None and one.hashes:
            raise AlreadyExists("CREDENTIAL_EXISTS", f"{name} has a credential of this kind: rotate it")
        secret = _fit(kind, name, secret) if secret else _made(kind, name)
        now = self._now()
        # What lies in a file from before was taken away: remembered as it is, it does not come back by itself.
        salt, filed = (one.salt, one.filed) if one is not None else (new_salt(), b"")
        made = await self._hashing.hash(secret, salt)
        added = Credential(kind, name, now, now, salt, (made,), filed)
        await self._put(added, revision)
        return secret

    async def rotate(self, kind: Kind, name: str, secret: str = "") -> str:
        """Store a secret beside the newest so far, or make one; return it.

        Raises NotFound (`CREDENTIAL_UNKNOWN`) and InvalidArgument (`SECRET_UNFIT`).
        """
        one, revision = await self._present(kind, name)
        secret = _fit(kind, name, secret) if secret else _made(kind, name)
        made = await self._hashing.hash(secret, one.salt)
        if made in one.hashes:
            raise InvalidArgument("SECRET_UNFIT", f"{name} has this secret already: give another")
        await self._put(replace(one, hashes=(made, one.hashes[0]), rotated_at=self._now()), revision)
        return secret

    async def remove(self, kind: Kind, name: str, *, older_only: bool = False) -> None:
        """Take the secrets away, or only the older of two. Raises NotFound (`CREDENTIAL_UNKNOWN`)."""
        one, revision = await self._present(kind, name)
        left = replace(one, hashes=one.hashes[:1] if older_only else ())
        if left.hashes or left.filed:
            await self._put(left, revision)
        else:
            await self._store.delete(_key(kind, name), expect=revision)

    async def list(self) -> tuple[Credential, ...]:
        """Return all that have a secret, by name and kind."""
        entries = (await self._store.snapshot(PREFIX)).entries
        found = (_loaded(entry.value) for entry in entries)
        return tuple(sorted((one for one in found if one.hashes), key=lambda one: (one.name, one.kind)))

    async def enrol(self, folder: Path, components: Iterable[str]) -> tuple[str, ...]:
        """Take the bootstrap secrets in `folder`, a file for each component, into the store where they have changed.

        A changed file is a rotation: the secret before is good until the next one. What is unchanged does nothing, so
        that a secret which was removed stays so. Returns the components that have no secret at all. Raises
        FailedPrecondition where a file is there and cannot be used.
        """
        return tuple([name for name in sorted(components) if not await self._enrolled(folder / name, name)])

    async def _enrolled(self, path: Path, name: str) -> bool:
        one, revision = await self._get("bootstrap", name)
        try:
            secret = read_secret(path)
        except FailedPrecondition as error:
            if error.reason == "SECRET_MISSING":
                return one is not None and bool(one.hashes)
            raise
        now = self._now()
        one = one or Credential("bootstrap", name, now, now, new_salt())
        filed = await self._hashing.hash(secret, one.salt)
        if filed != one.filed:
            others = [kept for kept in one.hashes if kept != filed]
            changed = replace(one, hashes=(filed, *others[:1]), filed=filed, rotated_at=now)
            await self._put(changed, revision)
            return True
        return bool(one.hashes)

    async def _present(self, kind: Kind, name: str) -> tuple[Credential, int]:
        one, revision = await self._get(kind, name)
        if one is None or not one.hashes:
            raise NotFound("CREDENTIAL_UNKNOWN", f"{name} has no credential of this kind")
        return one, revision

    async def _get(self, kind: Kind, name: str) -> tuple[Credential | None, int]:
        entry = (await self._store.get(_key(kind, name))).entry
        return (None, ABSENT) if entry is None else (_loaded(entry.value), entry.revision)

    async def _put(self, one: Credential, expect: int) -> None:
        await self._store.put(_key(one.kind, one.name), _stored(one), expect=expect)


def name_in(api_key: str) -> str:
    """Return whose an API key says it is; empty for what is none."""
    match = _API_KEY.fullmatch(api_key)
    return match[1] if match else ""


def _made(kind: Kind, name: str) -> str:
    random = secrets.token_urlsafe(32)
    return f"tlk_{name}_{random}" if kind == "api-key" else random


def _fit(kind: Kind, name: str, secret: str) -> str:
    if kind == "api-key" and name_in(secret) != name:
        raise InvalidArgument("SECRET_UNFIT", f"an API key of {name} begins with tlk_{name}_ and 16 more characters")
    if len(secret) < MIN_LENGTH or not _PRINTABLE.fullmatch(secret):
        raise InvalidArgument("SECRET_UNFIT", f"a secret is {MIN_LENGTH} or more printable ASCII characters, no spaces")
    return secret


def _key(kind: Kind, name: str) -> str:
    return f"{PREFIX}{kind}/{name}"


def _stored(one: Credential) -> bytes:
    document = {
        "kind": one.kind,
        "name": one.name,
        "created_at": one.created_at,
        "rotated_at": one.rotated_at,
        "salt": one.salt.hex(),
        "hashes": [made.hex() for made in one.hashes],
        "filed": one.filed.hex(),
    }
    return json.dumps(document).encode()


def _loaded(value: bytes) -> Credential:
    document = json.loads(value)
    salt, filed = bytes.fromhex(document.pop("salt")), bytes.fromhex(document.pop("filed"))
    hashes = tuple(map(bytes.fromhex, document.pop("hashes")))
    return Credential(**document, salt=salt, hashes=hashes, filed=filed)
