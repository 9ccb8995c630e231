"""What was issued and has not expired yet."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from trunkline.identity.actors import actors_of
from trunkline.identity.model import component_of
from trunkline.storage.ports import Write

if TYPE_CHECKING:
    from trunkline.clock import Clock
    from trunkline.identity.issuer import Signed
    from trunkline.storage.ports import KeyValue

PREFIX = "tokens/"


@dataclass(frozen=True, slots=True)
class Record:
    """A token as it was issued. `grant` is what it was given for; times in seconds since the epoch."""

    jti: str
    subject: str
    audience: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    actors: tuple[str, ...]
    kid: str
    family: str
    grant: str
    issued_at: float
    expires_at: float

    @classmethod
    def of(cls, signed: Signed, *, grant: str, trust_domain: str) -> Record:
        """Return what is kept of a token."""
        claims = signed.claims
        return cls(
            jti=claims["jti"],
            subject=claims["sub"],
            audience=component_of(claims["aud"], trust_domain) or claims["aud"],
            scopes=tuple(claims["scope"].split()),
            roles=tuple(claims["roles"]),
            actors=actors_of(claims, trust_domain),
            kid=signed.kid,
            family=claims.get("fam", ""),
            grant=grant,
            issued_at=claims["iat"],
            expires_at=claims["exp"],
        )


class Register:
    """The tokens in the store. Each goes by itself when it expires."""

    def __init__(self, store: KeyValue, *, clock: Clock) -> None:
        self._store = store
        self._now = clock.time

    async def add(self, record: Record, *writes: Write) -> None:
        """Store that a token was issued, together with `writes`. Raises what the store raises."""
        document = json.dumps(asdict(record)).encode()
        ttl = max(record.expires_at - self._now(), 1.0)
        await self._store.commit([Write(PREFIX + record.jti, document, ttl=ttl), *writes])

    async def find(self, jti: str) -> Record | None:
        """Return the token `jti`, None where it was not issued or has expired."""
        entry = (await self._store.get(PREFIX + jti)).entry
        record = None if entry is None else _loaded(entry.value)
        return record if record is not None and self._now() < record.expires_at else None

    async def live(self, subject: str = "") -> list[Record]:
        """Return all tokens that have not expired, or those of `subject`, the newest first."""
        now = self._now()
        found = (_loaded(entry.value) for entry in (await self._store.snapshot(PREFIX)).entries)
        live = [one for one in found if now < one.expires_at and subject in {"", one.subject}]
        return sorted(live, key=lambda one: (-one.issued_at, one.jti))


def _loaded(value: bytes) -> Record:
    document = json.loads(value)
    lists = {name: tuple(document[name]) for name in ("scopes", "roles", "actors")}
    return Record(**{**document, **lists})
