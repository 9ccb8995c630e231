"""Judges tokens on the backbone, whoever they are meant for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trunkline.errors import InvalidArgument, Unauthenticated
from trunkline.identity.claims import Expected, is_spiffe
from trunkline.identity.keys import VerifyingKey
from trunkline.identity.model import spiffe_id
from trunkline.identity.parse import parse, read_object
from trunkline.identity.refusal import refused
from trunkline.identity.verifier import examine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.call import Principal
    from trunkline.clock import Clock
    from trunkline.identity.model import PublicKey
    from trunkline.identity.proofs import Outside
    from trunkline.identity.revocations import Revocations


class Judge:
    """Verifies tokens of this mesh for any audience, and those of outside issuers by `outside`."""

    def __init__(
        self,
        revocations: Revocations,
        *,
        issuer: str,
        trust_domain: str,
        clock: Clock,
        leeway: float = 10.0,
        outside: Outside | None = None,
    ) -> None:
        self._revocations = revocations
        self._issuer = issuer
        self._domain = trust_domain
        self._now = clock.time
        self._leeway = leeway
        self._outside = outside
        self._keys: dict[str, VerifyingKey] = {}

    def replace_keys(self, keys: Iterable[PublicKey]) -> None:
        """Take `keys` as the whole set."""
        self._keys = {key.kid: VerifyingKey.of(key) for key in keys}

    async def user(self, token: str, caller: str) -> Principal:
        """Return whom a token speaks for by which the component `caller` was called, or one of an outside issuer.

        Raises InvalidArgument (`SUBJECT_TOKEN_REFUSED`).
        """
        try:
            if self._outside is not None and _unverified(token).get("iss") != self._issuer:
                return await self._stranger(token)
            return self._own(token, spiffe_id(self._domain, caller))
        except Unauthenticated as error:
            message = "the user's token is not good, or not for the caller"
            raise InvalidArgument("SUBJECT_TOKEN_REFUSED", message, cause=error.exactly) from error

    def good(self, token: str) -> str | None:
        """Return the id of a token of this mesh if it is good now, whatever its audience; else None."""
        try:
            audience = _unverified(token).get("aud")
            return str(self._own(token, audience).claims["jti"]) if isinstance(audience, str) else None
        except Unauthenticated:
            return None

    def _own(self, token: str, audience: str) -> Principal:
        expected = Expected(self._issuer, audience, self._domain, self._leeway)
        verified = examine(token, self._keys, expected, self._now())
        if self._revocations.meets(verified.principal.claims, verified.kid):
            raise refused("TOKEN_REVOKED")
        return verified.principal

    async def _stranger(self, token: str) -> Principal:
        assert self._outside is not None
        _, principal = await self._outside(token)
        if is_spiffe(principal.subject):
            raise refused("TOKEN_FOREIGN", f"{principal.subject} is no user")
        claims = {"jti": "", "sub": principal.subject, "iat": principal.claims.get("iat", 0.0)}
        if self._revocations.meets(claims, ""):
            raise refused("TOKEN_REVOKED")
        return replace(principal, actors=(), claims={})


def _unverified(token: str) -> dict[str, Any]:
    """Return what a token says of itself; good for choosing who judges it, and nothing else."""
    return read_object(parse(token).payload)
