"""A backbone with fixed answers, so that what the verbs print can be written down. It keeps what it was asked."""

from __future__ import annotations

from typing import Any

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2
from grpc_status.rpc_status import to_status

from trunkline.api.identity.v1 import administration_pb2 as admin
from trunkline.api.identity.v1 import identity_pb2 as identity
from trunkline.api.identity.v1.administration_pb2_grpc import (
    IdentityAdminServiceServicer,
    add_IdentityAdminServiceServicer_to_server,
)
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceServicer, add_IdentityServiceServicer_to_server

START = 1_700_000_000


def at(seconds: int) -> Timestamp:
    return Timestamp(seconds=START + seconds)


TOKEN = admin.TokenRecord(
    jti="8f3a",
    subject="ada",
    audience="spiffe://tests/accounts",
    scopes=["accounts.read", "accounts.write"],
    actors=["spiffe://tests/progress"],
    kid="one",
    grant="exchange",
    issued_at=at(0),
    expires_at=at(600),
)
KEYS = [
    admin.SigningKey(kid="two", alg="EdDSA", state=admin.KEY_STATE_NEXT, published_at=at(0)),
    admin.SigningKey(
        kid="one", alg="EdDSA", state=admin.KEY_STATE_ACTIVE, published_at=at(-600), activated_at=at(-300)
    ),
]
CREDENTIALS = [
    admin.Credential(
        name="registry", kind=admin.CREDENTIAL_KIND_API_KEY, secrets=2, created_at=at(0), rotated_at=at(60)
    ),
    admin.Credential(name="accounts", kind=admin.CREDENTIAL_KIND_BOOTSTRAP, secrets=1, created_at=at(0)),
]


class Desk(IdentityServiceServicer, IdentityAdminServiceServicer):
    """`asked` are the requests; `refusal`, where set, the code, reason and metadata that all but IssueToken answer."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.refusal: tuple[grpc.StatusCode, str, dict[str, str]] | None = None
        self.watching, self.confirmed = 3, 3
        self.active = True

    async def IssueToken(self, request, context):
        if request.audience != "backbone":
            await self._take(request, context)
        token = identity.IssuedToken(access_token="the.access.token", jti="8f3a", scopes=request.scopes or ["all"])
        token.lifetime.seconds = 600
        token.expires_at.CopyFrom(at(600))
        return identity.IssueTokenResponse(token=token, refresh_token="the refresh" if request.refreshable else "")

    async def ExchangeToken(self, request, context):
        await self._take(request, context)
        return identity.ExchangeTokenResponse(token=identity.IssuedToken(access_token="the.exchanged.token"))

    async def WatchKeys(self, request, context):
        yield identity.WatchKeysResponse()

    async def IntrospectToken(self, request, context):
        await self._take(request, context)
        return admin.IntrospectTokenResponse(active=self.active)

    async def RevokeToken(self, request, context):
        await self._take(request, context)
        kind = request.WhichOneof("target")
        revocation = identity.Revocation(at=at(0), until=at(600), **{kind: getattr(request, kind)})
        return admin.RevokeTokenResponse(revocation=revocation, watching=self.watching, confirmed=self.confirmed)

    async def ListTokens(self, request, context):
        await self._take(request, context)
        yield admin.ListTokensResponse(token=TOKEN)

    async def ListKeys(self, request, context):
        await self._take(request, context)
        return admin.ListKeysResponse(keys=KEYS)

    async def RotateKeys(self, request, context):
        await self._take(request, context)
        return admin.RotateKeysResponse(key=KEYS[0], active_from=at(300))

    async def AddCredential(self, request, context):
        await self._take(request, context)
        return admin.AddCredentialResponse(secret=request.secret or "made for you")

    async def RotateCredential(self, request, context):
        await self._take(request, context)
        return admin.RotateCredentialResponse(secret=request.secret or "made anew")

    async def RemoveCredential(self, request, context):
        await self._take(request, context)
        return admin.RemoveCredentialResponse()

    async def ListCredentials(self, request, context):
        await self._take(request, context)
        return admin.ListCredentialsResponse(credentials=CREDENTIALS)

    async def _take(self, request, context) -> None:
        self.asked.append(request)
        if self.refusal:
            code, reason, metadata = self.refusal
            status = status_pb2.Status(code=code.value[0], message="not so")
            detail = status.details.add()
            detail.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="backbone", metadata=metadata))
            await context.abort_with_status(to_status(status))


async def open_desk() -> tuple[Desk, grpc.aio.Server, str]:
    """Start one; return it, its server and its address."""
    desk, server = Desk(), grpc.aio.server()
    add_IdentityServiceServicer_to_server(desk, server)
    add_IdentityAdminServiceServicer_to_server(desk, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return desk, server, f"127.0.0.1:{port}"
