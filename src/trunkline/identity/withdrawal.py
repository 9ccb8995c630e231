"""Takes trust away: from a token, a subject, a key or a family, with all that has to go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import InvalidArgument
from trunkline.identity.model import is_subject, spiffe_id
from trunkline.storage.ports import MAX_WRITES

if TYPE_CHECKING:
    from trunkline.identity.families import Families
    from trunkline.identity.grants import Grants
    from trunkline.identity.keeper import Keeper
    from trunkline.identity.register import Register
    from trunkline.identity.revocations import Revocations
    from trunkline.identity.revoked import Kind, Revocation
    from trunkline.storage.ports import KeyValue


class Withdrawal:
    """Revokes."""

    def __init__(
        self,
        store: KeyValue,
        *,
        revocations: Revocations,
        register: Register,
        families: Families,
        keeper: Keeper,
        grants: Grants,
        trust_domain: str,
    ) -> None:
        self._store = store
        self._revocations = revocations
        self._register = register
        self._families = families
        self._keeper = keeper
        self._grants = grants
        self._domain = trust_domain

    async def revoke(self, kind: Kind, value: str) -> tuple[Revocation, int]:
        """Revoke; return what was, and the revision at which everybody knows. It is on disk then.

        Raises InvalidArgument (`SUBJECT_INVALID`) and ResourceExhausted (`TOO_MANY_REVOCATIONS`).
        """
        if kind == "kid":
            return await self._keeper.revoke(
                value, lambda writes: self._revocations.revoke("kid", value, writes=writes)
            )
        if kind == "subject":
            return await self._subject(self.subject(value))
        if kind == "family":
            return await self._revocations.revoke("family", value, writes=[self._families.end(value)])
        record = await self._register.find(value)
        return await self._revocations.revoke("jti", value, until=record.expires_at if record else None)

    def subject(self, name: str) -> str:
        """Return the subject that is meant by `name`: a component's name means its SPIFFE ID."""
        return spiffe_id(self._domain, name) if self._grants.knows(name) else name

    async def _subject(self, subject: str) -> tuple[Revocation, int]:
        if not is_subject(subject):
            raise InvalidArgument("SUBJECT_INVALID", "a subject is printable ASCII without spaces")
        # Its refresh tokens first: one that is spent in between would give tokens issued after the moment.
        ends = [self._families.end(family) for family in await self._families.of(subject)]
        for start in range(0, len(ends), MAX_WRITES):
            await self._store.commit(ends[start : start + MAX_WRITES])
        return await self._revocations.revoke("subject", subject)
