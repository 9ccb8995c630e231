"""Refresh tokens: each is good once and gives the next; one that comes again gives the whole family away."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from trunkline.errors import Unauthenticated
from trunkline.storage.ports import ABSENT, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.clock import Clock
    from trunkline.storage.ports import KeyValue

PREFIX = "families/"
LIFETIME = 24 * 3600.0
"""Seconds for which a refresh token is good."""
LONGEST = 30 * 24 * 3600.0
"""Seconds after which a family ends, however often it was refreshed."""
_MESSAGE = "the refresh token is not good, or no longer"
_FORM = re.compile(r"tlr_([0-9a-f]{32})_([0-9a-f]{32})_([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Family:
    """All refresh tokens that came of one. `mark` is the hash of what they share, `current` that of the one good now.

    `name` is that of a component, or of an API key where `component` is false. `scopes` are those that were asked for.
    """

    id: str
    name: str
    component: bool
    subject: str
    audience: str
    scopes: tuple[str, ...]
    mark: str = field(repr=False)
    current: str = field(repr=False)
    ends_at: float = 0.0


class Reused(Unauthenticated):
    """A refresh token came a second time. `family` is the one to revoke."""

    def __init__(self, family: Family) -> None:
        super().__init__("REFRESH_REFUSED", _MESSAGE, cause=f"a token of family {family.id} was used again")
        self.family = family


class Families:
    """The families in the store. Only hashes of the tokens are kept. `entropy(n)` gives n bytes."""

    def __init__(self, store: KeyValue, *, clock: Clock, entropy: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._store = store
        self._now = clock.time
        self._entropy = entropy

    def begin(
        self, name: str, subject: str, *, component: bool, audience: str, scopes: frozenset[str]
    ) -> tuple[Family, str, Write]:
        """Return a new family with its first token, and what has to be stored."""
        shared = self._entropy(16).hex()
        family = Family(
            id=self._entropy(16).hex(),
            name=name,
            component=component,
            subject=subject,
            audience=audience,
            scopes=tuple(sorted(scopes)),
            mark=_hash(shared),
            current="",
            ends_at=self._now() + LONGEST,
        )
        text, write = self._next(family, shared, ABSENT)
        return family, text, write

    async def spend(self, token: str) -> tuple[Family, str, Write]:
        """Return the family of a token that is good now, with the next token, and what has to be stored.

        The write holds only if nobody spent the token meanwhile. Raises Unauthenticated (`REFRESH_REFUSED`), which is a
        `Reused` where the token was good before.
        """
        match = _FORM.fullmatch(token)
        if match is None:
            raise _refused("not of the form")
        entry = (await self._store.get(PREFIX + match[1])).entry
        if entry is None:
            raise _refused("family unknown, ended or revoked")
        family = _loaded(entry.value)
        # Without what all of a family share it is a guess: whoever saw the family's name cannot have it revoked.
        if not hmac.compare_digest(_hash(match[2]), family.mark):
            raise _refused(f"not a token of family {family.id}")
        if not hmac.compare_digest(_hash(match[3]), family.current):
            raise Reused(family)
        if self._now() >= family.ends_at:
            raise _refused(f"family {family.id} has ended")
        text, write = self._next(family, match[2], entry.revision)
        return family, text, write

    def end(self, family: str) -> Write:
        """Return the write that lets no token of a family be spent any more."""
        return Write(PREFIX + family, None)

    async def of(self, subject: str) -> list[str]:
        """Return the families of a subject."""
        entries = (await self._store.snapshot(PREFIX)).entries
        return [one.id for one in (_loaded(entry.value) for entry in entries) if one.subject == subject]

    def _next(self, family: Family, shared: str, expect: int) -> tuple[str, Write]:
        random = self._entropy(32).hex()
        document = json.dumps(asdict(replace(family, current=_hash(random)))).encode()
        ttl = max(1.0, min(LIFETIME, family.ends_at - self._now()))
        return f"tlr_{family.id}_{shared}_{random}", Write(PREFIX + family.id, document, expect=expect, ttl=ttl)


def _refused(cause: str) -> Unauthenticated:
    return Unauthenticated("REFRESH_REFUSED", _MESSAGE, cause=cause)


def _hash(random: str) -> str:
    # It is random and long, so one round is enough.
    return hashlib.sha256(random.encode()).hexdigest()


def _loaded(value: bytes) -> Family:
    document = json.loads(value)
    return Family(**{**document, "scopes": tuple(document["scopes"])})
