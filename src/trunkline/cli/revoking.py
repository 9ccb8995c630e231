"""Taking back what was issued, and saying how far that has got about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from trunkline.mesh import Mesh

WORDS = {
    "jti": "the token {}",
    "subject": "all tokens of {}",
    "kid": "all tokens that the key {} signed",
    "family": "the family {} and all that came of it",
}


def revoke(target: Mapping[str, str], reason: str) -> Callable[[Mesh], Awaitable[pb.RevokeTokenResponse]]:
    """Return the question to revoke what `target`, one field of the request, names."""

    async def question(mesh: Mesh) -> pb.RevokeTokenResponse:
        request = pb.RevokeTokenRequest(**target, reason=reason)
        return await IdentityAdminServiceStub(mesh.channel).RevokeToken(request)

    return question


def sentence(response: pb.RevokeTokenResponse) -> str:
    """Say what is revoked and who refuses it already."""
    kind, value = _target(response)
    watching, confirmed = response.watching, response.confirmed
    if not watching:
        heard = "no instance lets callers in now: whoever comes hears of it first"
    elif confirmed >= watching:
        heard = f"all {watching} instances refuse it" if watching > 1 else "the one instance refuses it"
    else:
        heard = f"{confirmed} of {watching} instances refuse it, and the others let nobody in"
    return f"revoked {WORDS[kind].format(value)}; {heard}"


def document(response: pb.RevokeTokenResponse) -> dict[str, object]:
    """Return the same as data."""
    kind, value = _target(response)
    revocation = response.revocation
    return {
        "kind": kind,
        "value": value,
        "at": revocation.at.ToJsonString(),
        "until": revocation.until.ToJsonString(),
        "watching": response.watching,
        "confirmed": response.confirmed,
    }


def _target(response: pb.RevokeTokenResponse) -> tuple[str, str]:
    kind = response.revocation.WhichOneof("target") or "jti"
    return kind, str(getattr(response.revocation, kind))
