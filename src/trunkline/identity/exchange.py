"""Acting on behalf of a user (RFC 8693): what the new token says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import FailedPrecondition
from trunkline.identity.actors import MAX_ACTORS
from trunkline.identity.grants import narrowed
from trunkline.identity.issuer import Bearer
from trunkline.identity.model import COMPONENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.call import Principal


def exchanged(user: Principal, caller: str, held: frozenset[str], asked: Iterable[str]) -> Bearer:
    """Return for whom `caller`, a SPIFFE ID that holds the scopes `held`, acts with the token of `user`.

    It has no scope that either lacks and of the user's roles all but that of a component; it names the caller before
    whoever acted so far, and ends no later than the user's token. What revokes the family of that revokes it, too.
    Raises PermissionDenied (`SCOPE_NOT_GRANTED`) where more is asked for, FailedPrecondition (`ACTOR_CHAIN_FULL`).
    """
    actors = (caller, *user.actors)
    if len(actors) > MAX_ACTORS:
        message = f"{MAX_ACTORS} components act on behalf of this user already: the one before has to call by itself"
        raise FailedPrecondition("ACTOR_CHAIN_FULL", message)
    return Bearer(
        subject=user.subject,
        scopes=narrowed(user.scopes & held, asked),
        roles=user.roles - {COMPONENT},
        actors=actors,
        family=str(user.claims.get("fam", "")),
        not_after=user.expires_at,
    )
