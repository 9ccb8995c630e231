"""IdentityAdminService on the backbone: what operators do with tokens, keys and credentials."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceServicer
from trunkline.errors import AlreadyExists, Unavailable
from trunkline.identity.answers import kind_of, to_credential, to_record, to_revocation, to_signing_key, to_time
from trunkline.identity.noting import Note, noted
from trunkline.identity.service import calling

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    import grpc.aio

    from trunkline.audit.model import Audit
    from trunkline.call import Principal
    from trunkline.identity.credentials import Credentials
    from trunkline.identity.grants import Grants
    from trunkline.identity.judging import Judge
    from trunkline.identity.keeper import Keeper
    from trunkline.identity.listeners import Known, Listeners
    from trunkline.identity.register import Register
    from trunkline.identity.revocations import Revocations
    from trunkline.identity.revoked import Kind
    from trunkline.identity.withdrawal import Withdrawal

    Context = grpc.aio.ServicerContext[Any, Any]


class Administration(IdentityAdminServiceServicer):
    """Everything it does is on record before it answers.

    A revocation is answered once it is in force everywhere, or refused after `patience` seconds.
    """

    def __init__(
        self,
        *,
        withdrawal: Withdrawal,
        revocations: Revocations,
        listeners: Listeners,
        register: Register,
        keeper: Keeper,
        credentials: Credentials,
        grants: Grants,
        judge: Judge,
        audit: Audit,
        patience: float = 45.0,
        caller: Callable[[], Principal] = calling,
    ) -> None:
        self._withdrawal = withdrawal
        self._revocations = revocations
        self._listeners = listeners
        self._register = register
        self._keeper = keeper
        self._credentials = credentials
        self._grants = grants
        self._judge = judge
        self._audit = audit
        self._patience = patience
        self._caller = caller

    async def IntrospectToken(self, request: pb.IntrospectTokenRequest, context: Context) -> pb.IntrospectTokenResponse:
        """Say what a token is good for, and nothing of one that is not."""
        async with self._noted("token.introspect", context) as note:
            jti = self._judge.good(request.token)
            record = await self._register.find(jti) if jti else None
            note.what = f"jti {record.jti}" if record else ""
        return pb.IntrospectTokenResponse(active=record is not None, token=to_record(record) if record else None)

    async def RevokeToken(self, request: pb.RevokeTokenRequest, context: Context) -> pb.RevokeTokenResponse:
        """Revoke, and wait until nobody lets in what was revoked."""
        kind = cast("Kind", request.WhichOneof("target"))
        value = getattr(request, kind)
        async with self._noted("token.revoke", context, f"{kind} {value}") as note:
            note.details["why"] = request.reason
            revocation, revision = await self._withdrawal.revoke(kind, value)
        known = await self._listeners.know(revision, within=self._patience)
        if known.rest != 0.0:
            raise unconfirmed(known)
        return pb.RevokeTokenResponse(
            revocation=to_revocation(revocation), watching=known.listening, confirmed=known.confirmed
        )

    async def ListTokens(
        self, request: pb.ListTokensRequest, context: Context
    ) -> AsyncGenerator[pb.ListTokensResponse]:
        """Send what is valid now, the newest first."""
        async with self._noted("token.list", context, request.subject):
            subject = self._withdrawal.subject(request.subject) if request.subject else ""
            live = await self._register.live(subject)
        for record in live:
            if not self._revocations.covers(record):
                yield pb.ListTokensResponse(token=to_record(record))

    async def ListKeys(self, request: pb.ListKeysRequest, context: Context) -> pb.ListKeysResponse:
        """Say where each signing key stands."""
        async with self._noted("key.list", context):
            return pb.ListKeysResponse(keys=map(to_signing_key, self._keeper.ring.members))

    async def RotateKeys(self, request: pb.RotateKeysRequest, context: Context) -> pb.RotateKeysResponse:
        """Let the next key sign as soon as it may."""
        async with self._noted("key.rotate", context) as note:
            member = await self._keeper.rotate()
            note.what = f"kid {member.public.kid}"
        return pb.RotateKeysResponse(key=to_signing_key(member), active_from=to_time(member.active_from))

    async def AddCredential(self, request: pb.AddCredentialRequest, context: Context) -> pb.AddCredentialResponse:
        """Make a credential."""
        kind = kind_of(request.kind)
        async with self._noted("credential.add", context, f"{kind} {request.name}"):
            if kind == "api-key" and self._grants.knows(request.name):
                message = f"{request.name} is a component: an API key is for whoever is none"
                raise AlreadyExists("NAME_TAKEN", message)
            return pb.AddCredentialResponse(secret=await self._credentials.add(kind, request.name, request.secret))

    async def RotateCredential(
        self, request: pb.RotateCredentialRequest, context: Context
    ) -> pb.RotateCredentialResponse:
        """Make a second secret."""
        kind = kind_of(request.kind)
        async with self._noted("credential.rotate", context, f"{kind} {request.name}"):
            secret = await self._credentials.rotate(kind, request.name, request.secret)
        return pb.RotateCredentialResponse(secret=secret)

    async def RemoveCredential(
        self, request: pb.RemoveCredentialRequest, context: Context
    ) -> pb.RemoveCredentialResponse:
        """Take a credential away, or its older secret."""
        kind = kind_of(request.kind)
        async with self._noted("credential.remove", context, f"{kind} {request.name}") as note:
            note.details["older_only"] = str(request.older_only).lower()
            await self._credentials.remove(kind, request.name, older_only=request.older_only)
        return pb.RemoveCredentialResponse()

    async def ListCredentials(self, request: pb.ListCredentialsRequest, context: Context) -> pb.ListCredentialsResponse:
        """Say who has a credential."""
        async with self._noted("credential.list", context):
            return pb.ListCredentialsResponse(credentials=map(to_credential, await self._credentials.list()))

    @asynccontextmanager
    async def _noted(self, kind: str, context: Context, what: str = "") -> AsyncIterator[Note]:
        note = Note(kind, context.peer(), self._caller().caller, what)
        async with noted(self._audit, note):
            yield note


def unconfirmed(known: Known) -> Unavailable:
    """Return the error for a revocation that is on disk and not yet in force everywhere."""
    missing = known.listening - known.confirmed
    end = "as soon as it answers" if known.rest is None else f"within {known.rest:.0f} s at the latest"
    message = (
        f"it is revoked and on disk; {missing} of {known.listening} instances did not confirm and refuse it {end}. "
        "The same again waits for them"
    )
    counts = {"listening": str(known.listening), "confirmed": str(known.confirmed)}
    return Unavailable("REVOCATION_UNCONFIRMED", message, metadata=counts, retry_after=known.rest or 5.0, tried=True)
