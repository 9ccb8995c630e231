"""IdentityService on the backbone: checks who asks, asks the desk, translates."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from trunkline.api.identity.v1 import identity_pb2
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceServicer
from trunkline.call import current_call
from trunkline.errors import Unauthenticated
from trunkline.identity.answers import to_batch, to_public_key, to_token
from trunkline.identity.noting import Note, noted
from trunkline.identity.peer import peer_of
from trunkline.identity.revocations import Watcher

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    import grpc.aio

    from trunkline.audit.model import Audit
    from trunkline.call import Principal
    from trunkline.identity.desk import Desk, Handed
    from trunkline.identity.listeners import Listener, Listeners
    from trunkline.identity.pace import Pace
    from trunkline.identity.peer import Peer
    from trunkline.identity.proofs import Proofs, Proven
    from trunkline.identity.published import Published
    from trunkline.identity.revocations import Revocations

    Context = grpc.aio.ServicerContext[Any, Any]


def calling() -> Principal:
    """Return who makes the call that is being served. Raises Unauthenticated where nobody knows."""
    principal = current_call().principal
    if principal is None:
        raise Unauthenticated("TOKEN_MISSING", "this method needs a token")
    return principal


class Identity(IdentityServiceServicer):
    """Hands out tokens, publishes keys and pushes what is revoked. Watches end when `draining` is set."""

    def __init__(
        self,
        desk: Desk,
        proofs: Proofs,
        *,
        published: Published,
        revocations: Revocations,
        listeners: Listeners,
        audit: Audit,
        pace: Pace,
        draining: asyncio.Event,
        caller: Callable[[], Principal] = calling,
    ) -> None:
        self._desk = desk
        self._proofs = proofs
        self._published = published
        self._revocations = revocations
        self._listeners = listeners
        self._audit = audit
        self._pace = pace
        self._draining = draining
        self._caller = caller

    async def IssueToken(
        self, request: identity_pb2.IssueTokenRequest, context: Context
    ) -> identity_pb2.IssueTokenResponse:
        """Answer with a token for one audience."""
        peer = peer_of(context.peer(), context.auth_context())
        async with noted(self._audit, Note("token.issue", peer.address, what=request.audience)) as note:
            self._pace.check(peer.name)
            note.who = request.bootstrap.component or peer.identity
            proven = await self._proven(request, peer)
            note.who, note.details["grant"] = proven.name, proven.by
            handed = await self._desk.issue(
                proven,
                audience=request.audience,
                scopes=request.scopes,
                refreshable=request.refreshable,
                peer=peer,
            )
            _describe(note, handed)
        return identity_pb2.IssueTokenResponse(token=to_token(handed.issued), refresh_token=handed.refresh)

    async def RefreshToken(
        self, request: identity_pb2.RefreshTokenRequest, context: Context
    ) -> identity_pb2.RefreshTokenResponse:
        """Answer with a token and the next refresh token."""
        peer = peer_of(context.peer(), context.auth_context())
        async with noted(self._audit, Note("token.refresh", peer.address, peer.identity, request.audience)) as note:
            self._pace.check(peer.name)
            handed = await self._desk.refresh(request.refresh_token, audience=request.audience, peer=peer)
            _describe(note, handed)
        return identity_pb2.RefreshTokenResponse(token=to_token(handed.issued), refresh_token=handed.refresh)

    async def ExchangeToken(
        self, request: identity_pb2.ExchangeTokenRequest, context: Context
    ) -> identity_pb2.ExchangeTokenResponse:
        """Answer with a token by which the caller acts on behalf of a user."""
        peer = peer_of(context.peer(), context.auth_context())
        async with noted(self._audit, Note("token.exchange", peer.address, what=request.audience)) as note:
            caller = self._caller()
            note.who = note.details["caller"] = caller.subject
            self._pace.check(peer.name)
            handed = await self._desk.exchange(
                request.subject_token, caller=caller, audience=request.audience, scopes=request.scopes, peer=peer
            )
            _describe(note, handed)
        return identity_pb2.ExchangeTokenResponse(token=to_token(handed.issued))

    async def WatchKeys(
        self, request: identity_pb2.WatchKeysRequest, context: Context
    ) -> AsyncGenerator[identity_pb2.WatchKeysResponse]:
        """Send the full key set, now and whenever it changes."""
        async with aclosing(self._published.watch(self._draining)) as sets:
            async for keys in sets:
                yield identity_pb2.WatchKeysResponse(keys=map(to_public_key, keys))

    async def WatchRevocations(
        self, request_iterator: AsyncIterator[identity_pb2.WatchRevocationsRequest], context: Context
    ) -> AsyncGenerator[identity_pb2.WatchRevocationsResponse]:
        """Send everything that is revoked, then what comes; note what was taken, until no more requests follow."""
        requests = aiter(request_iterator)
        opening = await anext(requests, identity_pb2.WatchRevocationsRequest())
        name = f"{self._caller().caller}#{opening.instance}"
        async with self._listeners.watching(name, opening.trusts.ToNanoseconds() / 1e9) as listener:
            watcher, over = Watcher(), asyncio.Event()
            reading = asyncio.create_task(self._read(requests, watcher, listener, over))
            try:
                async with aclosing(self._revocations.watch(watcher, over)) as batches:
                    async for batch in batches:
                        if listener is not None:
                            await self._listeners.hold(listener)
                        yield to_batch(batch)
                if reading.done():
                    reading.result()
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _read(
        self,
        requests: AsyncIterator[identity_pb2.WatchRevocationsRequest],
        watcher: Watcher,
        listener: Listener | None,
        over: asyncio.Event,
    ) -> None:
        draining = asyncio.create_task(self._draining.wait())
        draining.add_done_callback(lambda _: over.set())
        try:
            async for request in requests:
                if listener is not None and request.leaving:
                    await self._listeners.left(listener)
                    return
                if listener is not None:
                    self._listeners.took(listener, min(request.taken, watcher.sent))
            # Nobody leaves without a word: requests also end where a connection breaks.
            await draining
        finally:
            draining.cancel()
            over.set()

    async def _proven(self, request: identity_pb2.IssueTokenRequest, peer: Peer) -> Proven:
        grant = request.WhichOneof("grant")
        if grant == "bootstrap":
            return await self._proofs.bootstrap(request.bootstrap.component, request.bootstrap.secret)
        if grant == "api_key":
            return await self._proofs.api_key(request.api_key.key)
        if grant == "service_account":
            return await self._proofs.service_account(request.service_account.token)
        return self._proofs.certificate(peer)


def _describe(note: Note, handed: Handed) -> None:
    record = handed.record
    note.who, note.what = record.subject, record.audience
    note.details |= {
        "jti": record.jti,
        "kid": record.kid,
        "family": record.family,
        "grant": record.grant,
        "scopes": " ".join(record.scopes),
        "actors": " ".join(record.actors),
    }
