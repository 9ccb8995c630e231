"""Where tokens are handed out: against a proof, a refresh token, or the token of a user."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from trunkline.audit.model import Event
from trunkline.errors import Aborted, NotFound
from trunkline.identity.exchange import exchanged
from trunkline.identity.families import Reused
from trunkline.identity.grants import narrowed
from trunkline.identity.issuer import Bearer
from trunkline.identity.model import COMPONENT, Issued, component_of, spiffe_id
from trunkline.identity.proofs import unproven
from trunkline.identity.register import Record
from trunkline.identity.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.audit.model import Audit
    from trunkline.call import Principal
    from trunkline.identity.families import Families
    from trunkline.identity.grants import Grants
    from trunkline.identity.issuer import Issuer
    from trunkline.identity.judging import Judge
    from trunkline.identity.peer import Peer
    from trunkline.identity.proofs import Proven
    from trunkline.identity.register import Register
    from trunkline.identity.revocations import Revocations
    from trunkline.storage.ports import Write


@dataclass(frozen=True, slots=True)
class Handed:
    """A token as it was handed out, with what is on record of it; `refresh` is empty where none was asked for."""

    issued: Issued
    record: Record
    refresh: str = field(default="", repr=False)


class Desk:
    """Hands out tokens. Each is on disk, in one commit with all that belongs to it, before it is returned.

    With `bind` a token is good only with the certificate of the connection it was asked for on.
    """

    def __init__(
        self,
        *,
        grants: Grants,
        issuer: Issuer,
        register: Register,
        families: Families,
        revocations: Revocations,
        judge: Judge,
        audit: Audit,
        trust_domain: str,
        bind: bool = False,
    ) -> None:
        self._grants = grants
        self._issuer = issuer
        self._register = register
        self._families = families
        self._revocations = revocations
        self._judge = judge
        self._audit = audit
        self._domain = trust_domain
        self._bind = bind

    async def issue(
        self, proven: Proven, *, audience: str, scopes: Iterable[str], refreshable: bool, peer: Peer
    ) -> Handed:
        """Hand out a token for `audience`.

        Raises Unauthenticated (`CREDENTIALS_REFUSED`) for what is no component, NotFound (`AUDIENCE_UNKNOWN`),
        PermissionDenied (`SCOPE_NOT_GRANTED`).
        """
        asked = frozenset(scopes)
        held = self._held(proven.name, component=proven.component)
        self._check(audience)
        bearer = replace(held, scopes=narrowed(held.scopes, asked))
        if not refreshable:
            return await self._hand_out(bearer, audience, proven.by, peer)
        family, text, write = self._families.begin(
            proven.name, held.subject, component=proven.component, audience=audience, scopes=asked
        )
        handed = await self._hand_out(replace(bearer, family=family.id), audience, proven.by, peer, write)
        return replace(handed, refresh=text)

    async def refresh(self, token: str, *, audience: str, peer: Peer) -> Handed:
        """Hand out the next token of a family, for the `audience` before where it is empty, with what is held by now.

        Raises Unauthenticated (`REFRESH_REFUSED`): where the token was good before, its family is revoked when it does.
        """
        try:
            family, text, write = await self._families.spend(token)
            held = self._held(family.name, component=family.component)
            scopes = held.scopes.intersection(family.scopes) if family.scopes else held.scopes
            audience = audience or family.audience
            self._check(audience)
            bearer = replace(held, scopes=scopes, family=family.id)
            try:
                handed = await self._hand_out(bearer, audience, "refresh", peer, write)
            except Aborted:
                await self._families.spend(token)  # tells that it was spent meanwhile
                raise
        except Reused as reuse:
            await unbroken(self._withdraw(reuse.family.id, reuse.family.subject))
            raise
        return replace(handed, refresh=text)

    async def exchange(
        self, token: str, *, caller: Principal, audience: str, scopes: Iterable[str], peer: Peer
    ) -> Handed:
        """Hand out a token by which `caller`, a component, acts on behalf of whom `token` speaks for.

        Raises InvalidArgument (`SUBJECT_TOKEN_REFUSED`), and as `exchanged` does.
        """
        component = component_of(caller.subject, self._domain) or ""
        user = await self._judge.user(token, component)
        held = self._held(component, component=True)
        self._check(audience)
        bearer = exchanged(user, caller.subject, held.scopes, scopes)
        return await self._hand_out(bearer, audience, "exchange", peer)

    def _held(self, name: str, *, component: bool) -> Bearer:
        if not component:
            grant = self._grants.user(name)
            # The name may have become that of a component since the key was made.
            if self._grants.knows(name):
                raise unproven(f"{name} is a component by now")
            return Bearer(name, grant.scopes, grant.roles - {COMPONENT})
        held = self._grants.component(name)
        if held is None:
            raise unproven(f"the mesh has no component {name}")
        return Bearer(spiffe_id(self._domain, name), held.scopes, held.roles | {COMPONENT})

    def _check(self, audience: str) -> None:
        if not self._grants.knows(audience):
            raise NotFound("AUDIENCE_UNKNOWN", f"the mesh has no component {audience!r}")

    async def _hand_out(self, bearer: Bearer, audience: str, grant: str, peer: Peer, *writes: Write) -> Handed:
        bound = replace(bearer, thumbprint=peer.thumbprint if self._bind else "")
        earliest = self._revocations.earliest((bearer.subject, *bearer.actors))
        signed = self._issuer.sign(bound, audience, not_before=earliest)
        record = Record.of(signed, grant=grant, trust_domain=self._domain)
        await self._register.add(record, *writes)
        return Handed(signed.issued, record)

    async def _withdraw(self, family: str, subject: str) -> None:
        await self._revocations.revoke("family", family, writes=[self._families.end(family)])
        what = f"family {family}"
        await self._audit.write(Event("token.revoke", "granted", who=subject, what=what, reason="REFRESH_REUSED"))
