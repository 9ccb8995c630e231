"""The tokens that are valid now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub
from trunkline.cli.dates import from_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from trunkline.mesh import Mesh


def tokens(subject: str) -> Callable[[Mesh], Awaitable[list[pb.TokenRecord]]]:
    """Return the question for those of `subject`, of all where it is empty."""

    async def question(mesh: Mesh) -> list[pb.TokenRecord]:
        stub = IdentityAdminServiceStub(mesh.channel)
        return [one.token async for one in stub.ListTokens(pb.ListTokensRequest(subject=subject))]

    return question


def rows(records: Iterable[pb.TokenRecord]) -> list[dict[str, object]]:
    """Return what people look for."""
    now = time.time()
    return [
        {
            "id": record.jti,
            "subject": "\n".join([record.subject, *(f"by {actor}" for actor in record.actors)]),
            # Always a component of this mesh, so its name says as much as its SPIFFE ID. A subject may be a user.
            "audience": record.audience.rpartition("/")[2],
            "scopes": "\n".join(record.scopes),
            # All of these lie ahead; every letter saved keeps the rest of the line whole.
            "expires": from_now(record.expires_at.ToNanoseconds() / 1e9 - now, units=1).removeprefix("in "),
        }
        for record in records
    ]


def document(record: pb.TokenRecord) -> dict[str, object]:
    """Return all there is to know of one."""
    return {
        "jti": record.jti,
        "subject": record.subject,
        "audience": record.audience,
        "scopes": list(record.scopes),
        "roles": list(record.roles),
        "actors": list(record.actors),
        "kid": record.kid,
        "family": record.family or None,
        "grant": record.grant,
        "issued_at": record.issued_at.ToJsonString(),
        "expires_at": record.expires_at.ToJsonString(),
    }
