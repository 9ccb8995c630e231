"""IdentityService on the backbone: checks who asks, asks the issuer, translates."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from trunkline.api.identity.v1 import identity_pb2
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceServicer
from trunkline.errors import NotFound, Unauthenticated

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator

    import grpc.aio

    from trunkline.identity.grants import Grants
    from trunkline.identity.issuer import Issuer
    from trunkline.identity.model import PublicKey
    from trunkline.identity.published import Published


class Identity(IdentityServiceServicer):
    """Issues tokens and publishes keys. Watches end when `draining` is set."""

    def __init__(self, issuer: Issuer, grants: Grants, published: Published, *, draining: asyncio.Event) -> None:
        self._issuer = issuer
        self._grants = grants
        self._published = published
        self._draining = draining

    async def IssueToken(
        self,
        request: identity_pb2.IssueTokenRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> identity_pb2.IssueTokenResponse:
        """Answer with a token for one audience."""
        grant = self._grants.grant(request.component, request.secret)
        if grant is None:
            raise Unauthenticated("CREDENTIALS_REFUSED", "the component or its secret is wrong")
        if not self._grants.knows(request.audience):
            raise NotFound("AUDIENCE_UNKNOWN", f"the mesh has no component {request.audience!r}")
        issued = self._issuer.issue(request.component, request.audience, grant)
        response = identity_pb2.IssueTokenResponse(
            access_token=issued.text, expires_at=Timestamp(), lifetime=Duration()
        )
        response.expires_at.FromNanoseconds(int(issued.expires_at * 1e9))
        response.lifetime.FromNanoseconds(int(issued.lifetime * 1e9))
        return response

    async def WatchKeys(
        self,
        request: identity_pb2.WatchKeysRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncGenerator[identity_pb2.WatchKeysResponse]:
        """Send the full key set, now and whenever it changes."""
        async with aclosing(self._published.watch(self._draining)) as sets:
            async for keys in sets:
                yield identity_pb2.WatchKeysResponse(keys=map(_message, keys))


def _message(key: PublicKey) -> identity_pb2.PublicKey:
    return identity_pb2.PublicKey(kid=key.kid, kty=key.kty, crv=key.crv, alg=key.alg, x=key.x, y=key.y)
