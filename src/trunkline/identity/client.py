"""IdentityService as a component uses it: asks over a stub, translates."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING, Any, cast

import grpc.aio

from trunkline.api.identity.v1 import identity_pb2
from trunkline.identity.credential import Credential, credential_from
from trunkline.identity.feed import Feed, News
from trunkline.identity.following import Following
from trunkline.identity.model import Issued, PublicKey
from trunkline.identity.renewal import Renewal
from trunkline.identity.revoked import Revocation
from trunkline.identity.secret import read_secret
from trunkline.identity.tokens import TokenSource
from trunkline.identity.verifier import Verifier
from trunkline.identity.watch import KeyWatch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from grpc.aio import StreamStreamCall

    from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceAsyncStub

__all__ = [
    "Credential",
    "Feed",
    "Following",
    "IdentityClient",
    "KeyWatch",
    "News",
    "Renewal",
    "RevocationClient",
    "TokenSource",
    "Verifier",
    "credential_from",
    "read_secret",
]

_log = logging.getLogger(__name__)

SILENCE = 15.0
"""Seconds without a heartbeat, which comes every 5, after which a watch of revocations is taken for dead."""


class IdentityClient:
    """Asks the backbone in the name of a component; `proof()` gives what proves it, each time."""

    def __init__(self, stub: IdentityServiceAsyncStub, proof: Callable[[], Credential]) -> None:
        self._stub = stub
        self._proof = proof

    async def issue(self, audience: str) -> Issued:
        """Get a token for calls to `audience`. Raises what the stub raises."""
        return issued_of((await self._stub.IssueToken(request_of(audience, self._proof()))).token)

    async def watch_keys(self) -> AsyncGenerator[tuple[PublicKey, ...]]:
        """Yield the full key set, then each later one. Raises what the stub raises; close it to end the watch."""
        call = self._stub.WatchKeys(identity_pb2.WatchKeysRequest())
        try:
            async for response in call:
                yield tuple(map(_public_key, response.keys))
        finally:
            call.cancel()


class RevocationClient:
    """Watches what is revoked. `stub` shows the component's own token; `silence` in seconds.

    `trusts` is for how many seconds this process goes on letting callers in without hearing anything; 0 where it lets
    nobody in, or whatever it has heard.
    """

    def __init__(self, stub: IdentityServiceAsyncStub, *, trusts: float, silence: float = SILENCE) -> None:
        self._stub = stub
        self._silence = silence
        self._opening = identity_pb2.WatchRevocationsRequest(instance=uuid.uuid4().hex if trusts else "")
        if trusts:
            self._opening.trusts.FromNanoseconds(int(trusts * 1e9))
        self._call: StreamStreamCall[Any, Any] | None = None
        self._leaving = False
        self._over = asyncio.Event()

    async def watch(self) -> AsyncGenerator[News]:
        """Yield everything that is revoked, then what comes; confirm each message once the next is asked for.

        Raises what the stub raises, and TimeoutError after a silence; close it to end the watch.
        """
        call = self._stub.WatchRevocations()
        self._over.clear()
        try:
            await call.write(self._opening)
            while True:
                async with asyncio.timeout(self._silence):
                    response = await call.read()
                if response is grpc.aio.EOF:
                    return
                message = cast("identity_pb2.WatchRevocationsResponse", response)
                self._call = call
                yield News(tuple(map(_revocation, message.revocations)), message.complete)
                if not self._leaving:
                    await call.write(identity_pb2.WatchRevocationsRequest(taken=message.revision))
        finally:
            self._call = None
            self._over.set()
            call.cancel()

    async def leave(self, *, within: float = 1.0) -> None:
        """Say that this process lets in nobody from now on, so that no revocation waits for it. Never fails.

        Who has not been answered has let in nobody, and says nothing.
        """
        self._leaving = True
        if self._call is None or not self._opening.instance:
            return
        try:
            async with asyncio.timeout(within):
                await self._call.write(identity_pb2.WatchRevocationsRequest(leaving=True))
                await self._over.wait()
        except Exception as error:  # noqa: BLE001 - it ends all the same, and is waited for as one that crashed
            _log.debug("left the revocation watch without a farewell: %s", error)


def request_of(audience: str, proof: Credential) -> identity_pb2.IssueTokenRequest:
    """Return the request for a token by which the one who is proven calls `audience`."""
    request = identity_pb2.IssueTokenRequest(audience=audience)
    match proof.kind:
        case "secret":
            request.bootstrap.component, request.bootstrap.secret = proof.component, proof.text
        case "service-account":
            request.service_account.token = proof.text
        case "certificate":
            request.certificate.SetInParent()
    return request


def issued_of(token: identity_pb2.IssuedToken) -> Issued:
    """Return a token as it came."""
    return Issued(
        token.access_token,
        token.lifetime.ToNanoseconds() / 1e9,
        token.expires_at.ToNanoseconds() / 1e9,
        token.jti,
        frozenset(token.scopes),
    )


def _public_key(key: identity_pb2.PublicKey) -> PublicKey:
    return PublicKey(kid=key.kid, kty=key.kty, crv=key.crv, alg=key.alg, x=key.x, y=key.y)


def _revocation(one: identity_pb2.Revocation) -> Revocation:
    kind = one.WhichOneof("target")
    if kind is None:
        raise ValueError("the backbone revokes something that this version does not know: bring both into step")
    at, until = one.at.ToNanoseconds() / 1e9, one.until.ToNanoseconds() / 1e9
    return Revocation(kind, getattr(one, kind), at, until)
