"""Whom a token at hand speaks for, to explain what it may do. It is no guard: that is `identity.verifier`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.access.decision import Step
from trunkline.call import Principal
from trunkline.errors import Unauthenticated
from trunkline.identity import verifier
from trunkline.identity.jwks import read_keys
from trunkline.identity.keys import ALGORITHMS
from trunkline.identity.model import TOKEN_TYPE
from trunkline.identity.parse import parse, read_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.errors import MeshError

_TYPES = frozenset({TOKEN_TYPE})


class NoToken(Exception):
    """A text that is no token, or keys that are none."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to name: its issuer and its audience."""

    issuer: str
    audience: str


def read_token(text: str) -> Principal:
    """Return whom a token says it speaks for, without a look at its signature. Raises NoToken."""
    try:
        claims = read_object(parse(text).payload)
    except Unauthenticated as error:
        raise NoToken(f"not a token: {error.cause}") from None
    subject, scope, roles = claims.get("sub"), claims.get("scope", ""), claims.get("roles", [])
    if not isinstance(subject, str) or not isinstance(scope, str) or not isinstance(roles, list):
        raise NoToken("not a token of a mesh: `sub` and `scope` must be texts, `roles` a list")
    actors = tuple(_actors(claims.get("act")))
    words = frozenset(role for role in roles if isinstance(role, str))
    return Principal(subject, frozenset(scope.split()), words, claims=claims, actors=actors)


def look_at(principal: Principal, expected: Expected, *, now: float) -> Step:
    """Return the step that compares what a token says of itself with `expected`. `now` in seconds since the epoch."""
    claims = principal.claims
    audience, expires = claims.get("aud"), claims.get("exp")
    audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    found = f"issued by {claims.get('iss')}, for {', '.join(map(str, audiences)) or 'nobody'}"
    asked = f"issued by {expected.issuer}, for {expected.audience}, not expired"
    refusal: MeshError | None = None
    if claims.get("iss") != expected.issuer:
        refusal = Unauthenticated("TOKEN_FOREIGN", "the token was not issued by this mesh")
    elif expected.audience not in audiences:
        refusal = Unauthenticated("TOKEN_AUDIENCE", "the token is for another component")
    elif not isinstance(expires, int | float) or now >= expires:
        refusal = Unauthenticated("TOKEN_EXPIRED", "the token has expired")
        found += ", expired"
    return Step("token", asked, found, refusal)


def check_signature(text: str, keys: str) -> Step:
    """Return the step that compares the signature of a token with a JSON Web Key Set, as a server of the mesh would.

    Raises NoToken.
    """
    try:
        known = read_keys(keys.encode(), ALGORITHMS)
    except ValueError as error:
        raise NoToken(f"not a key set: {error}") from None
    if not known:
        raise NoToken("not a key set: it has no key that verifies tokens of a mesh")
    asked = f"signed by one of {len(known)} keys" if len(known) != 1 else "signed by the key given"
    try:
        key = verifier.check_signature(parse(text), known, algorithms=ALGORITHMS, types=_TYPES)
    except Unauthenticated as error:
        return Step("signature", asked, error.cause, error)
    return Step("signature", asked, f"signed by the key {key.kid}")


def _actors(act: object) -> Iterator[str]:
    while isinstance(act, dict) and isinstance(act.get("sub"), str):
        yield act["sub"]
        act = act.get("act")
