"""IdentityService on the backbone: checks who asks, asks the issuer, translates."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from trunkline.api.identity.v1 import identity_pb2
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceServicer
from trunkline.errors import NotFound, Unauthenticated, Unimplemented

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, AsyncIterator

    import grpc.aio

    from trunkline.identity.grants import Grants
    from trunkline.identity.issuer import Issuer
    from trunkline.identity.model import Issued, PublicKey
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
        grant = self._grants.grant(request.bootstrap.component, request.bootstrap.secret)
        if grant is None:
            raise Unauthenticated("CREDENTIALS_REFUSED", "the component or its secret is wrong")
        if not self._grants.knows(request.audience):
            raise NotFound("AUDIENCE_UNKNOWN", f"the mesh has no component {request.audience!r}")
        issued = self._issuer.issue(request.bootstrap.component, request.audience, grant)
        return identity_pb2.IssueTokenResponse(token=_issued(issued))

    async def WatchKeys(
        self,
        request: identity_pb2.WatchKeysRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncGenerator[identity_pb2.WatchKeysResponse]:
        """Send the full key set, now and whenever it changes."""
        async with aclosing(self._published.watch(self._draining)) as sets:
            async for keys in sets:
                yield identity_pb2.WatchKeysResponse(keys=map(_message, keys))

    async def RefreshToken(
        self, request: identity_pb2.RefreshTokenRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> identity_pb2.RefreshTokenResponse:
        """Not served yet."""
        raise Unimplemented("UNIMPLEMENTED")

    async def ExchangeToken(
        self, request: identity_pb2.ExchangeTokenRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> identity_pb2.ExchangeTokenResponse:
        """Not served yet."""
        raise Unimplemented("UNIMPLEMENTED")

    async def WatchRevocations(
        self,
        request_iterator: AsyncIterator[identity_pb2.WatchRevocationsRequest],
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncGenerator[identity_pb2.WatchRevocationsResponse]:
        """Not served yet."""
        raise Unimplemented("UNIMPLEMENTED")
        yield


def _issued(issued: Issued) -> identity_pb2.IssuedToken:
    token = identity_pb2.IssuedToken(
        access_token=issued.text,
        expires_at=Timestamp(),
        lifetime=Duration(),
        jti=issued.jti,
        scopes=sorted(issued.scopes),
    )
    token.expires_at.FromNanoseconds(int(issued.expires_at * 1e9))
    token.lifetime.FromNanoseconds(int(issued.lifetime * 1e9))
    return token


def _message(key: PublicKey) -> identity_pb2.PublicKey:
    return identity_pb2.PublicKey(kid=key.kid, kty=key.kty, crv=key.crv, alg=key.alg, x=key.x, y=key.y)
