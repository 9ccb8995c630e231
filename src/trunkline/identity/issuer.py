"""Issues tokens: claims, a key, the time and some randomness make a signed JWT."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from trunkline.base64url import encode
from trunkline.errors import FailedPrecondition, InvalidArgument
from trunkline.identity.model import COMPONENT, MAX_LIFETIME, TOKEN_TYPE, Issued, spiffe_id
from trunkline.identity.parse import MAX_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.clock import Clock
    from trunkline.identity.model import Grant
    from trunkline.identity.signing import SigningKey

DEFAULT_LIFETIME = 600


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token shall speak for, and with what.

    `actors` are those who act for the subject, the caller first. `family` is the refresh token it comes of,
    `thumbprint` that of the certificate it is bound to; empty where none. It ends no later than `not_after`.
    """

    subject: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    actors: tuple[str, ...] = ()
    family: str = ""
    thumbprint: str = ""
    not_after: float | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A token with what it says. `at` is when it was signed, in seconds since the epoch."""

    text: str = field(repr=False)
    kid: str
    claims: dict[str, Any]
    at: float

    @property
    def issued(self) -> Issued:
        """The token as its bearer is given it."""
        expires_at = self.claims["exp"]
        scopes = frozenset(self.claims["scope"].split())
        return Issued(self.text, expires_at - self.at, expires_at, self.claims["jti"], scopes)


class Issuer:
    """Signs access tokens in the name of `name` for the components of `trust_domain`.

    `lifetime` in whole seconds; `entropy(n)` gives n bytes.
    """

    def __init__(
        self,
        key: SigningKey,
        *,
        name: str,
        trust_domain: str,
        clock: Clock,
        lifetime: int = DEFAULT_LIFETIME,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        if not 0 < lifetime <= MAX_LIFETIME:
            raise ValueError(f"a token lives for 1 to {MAX_LIFETIME:.0f} seconds, not {lifetime}")
        self._key = key
        self._name = name
        self._domain = trust_domain
        self._now = clock.time
        self._lifetime = lifetime
        self._entropy = entropy

    def sign_with(self, key: SigningKey) -> None:
        """Sign with `key` from now on."""
        self._key = key

    def issue(self, component: str, audience: str, grant: Grant) -> Issued:
        """Return a token by which `component` calls `audience` with what `grant` allows."""
        bearer = Bearer(spiffe_id(self._domain, component), grant.scopes, grant.roles | {COMPONENT})
        return self.sign(bearer, audience).issued

    def sign(self, bearer: Bearer, audience: str, *, not_before: float = 0.0) -> Signed:
        """Return a token by which `bearer` calls `audience`, issued at `not_before` at the earliest.

        Raises InvalidArgument (`SUBJECT_TOKEN_REFUSED`) where it would have ended already, FailedPrecondition
        (`TOKEN_TOO_LARGE`) where nobody would take it.
        """
        now = self._now()
        issued_at = max(int(now), ceil(not_before))
        expires_at = issued_at + self._lifetime
        if bearer.not_after is not None:
            expires_at = min(expires_at, int(bearer.not_after))
        if expires_at <= max(now, issued_at):
            raise InvalidArgument("SUBJECT_TOKEN_REFUSED", "the user's token is no longer good")
        claims = {
            "iss": self._name,
            "sub": bearer.subject,
            "aud": spiffe_id(self._domain, audience),
            "iat": issued_at,
            "exp": expires_at,
            "jti": self._entropy(16).hex(),
            "scope": " ".join(sorted(bearer.scopes)),
            "roles": sorted(bearer.roles),
            **_optional(bearer),
        }
        return Signed(self._text(claims), self._key.public.kid, claims, now)

    def _text(self, claims: dict[str, Any]) -> str:
        public = self._key.public
        header = {"alg": public.alg, "kid": public.kid, "typ": TOKEN_TYPE}
        signed = f"{_segment(header)}.{_segment(claims)}"
        text = f"{signed}.{encode(self._key.sign(signed.encode()))}"
        if len(text) > MAX_TOKEN:
            raise FailedPrecondition("TOKEN_TOO_LARGE", f"a token has at most {MAX_TOKEN} bytes: ask for fewer scopes")
        return text


def _optional(bearer: Bearer) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    if bearer.actors:
        claims["act"] = _chain(bearer.actors)
    if bearer.family:
        claims["fam"] = bearer.family
    if bearer.thumbprint:
        claims["cnf"] = {"x5t#S256": bearer.thumbprint}
    return claims


def _chain(actors: Sequence[str]) -> dict[str, Any]:
    act: dict[str, Any] = {}
    for actor in reversed(actors):
        act = {"sub": actor, "act": act} if act else {"sub": actor}
    return act


def _segment(part: dict[str, Any]) -> str:
    return encode(json.dumps(part, separators=(",", ":")).encode())
