"""Who acts on behalf of a token's subject: the `act` claim of RFC 8693, a chain of components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.identity.model import component_of
from trunkline.identity.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ACTORS = 4


def actors_of(claims: Mapping[str, Any], trust_domain: str) -> tuple[str, ...]:
    """Return the SPIFFE IDs in the `act` of `claims`, the caller first; none where the subject calls itself.

    Raises Unauthenticated (`TOKEN_MALFORMED`) for an actor that is no component of `trust_domain`, for anything that
    stands beside it, and for more than 4.
    """
    actors: list[str] = []
    while "act" in claims:
        claims = claims["act"]
        if not isinstance(claims, dict) or not claims.keys() <= {"sub", "act"} or len(actors) == MAX_ACTORS:
            raise refused("TOKEN_MALFORMED", f"`act` is no chain of at most {MAX_ACTORS} actors")
        subject = claims.get("sub")
        if not isinstance(subject, str) or component_of(subject, trust_domain) is None:
            raise refused("TOKEN_MALFORMED", "an actor is no component of this mesh")
        actors.append(subject)
    return tuple(actors)
