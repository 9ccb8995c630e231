"""A backbone that does what a test tells it to: on a real socket, with keys, tokens and revocations."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from trunkline.api.identity.v1 import identity_pb2 as pb
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceServicer
from trunkline.call import current_call
from trunkline.clock import SystemClock
from trunkline.config import Drain, Limits, Route, Settings
from trunkline.config.settings import Identity, Revocation
from trunkline.errors import Unauthenticated
from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant
from trunkline.identity.parse import parse, read_object
from trunkline.identity.signing import SigningKey
from trunkline.runtime.options import server_options
from trunkline.runtime.server import MeshServer

SERVICE = "trunkline.api.identity.v1.IdentityService"
HOUR = 3600
CLOCK = SystemClock()


def revocation(**target: str) -> pb.Revocation:
    """What is revoked now, for an hour."""
    now = int(CLOCK.time()) + 1
    return pb.Revocation(**target, at=Timestamp(seconds=now), until=Timestamp(seconds=now + HOUR))


class Backbone(IdentityServiceServicer):
    """Publishes `keys` when a watch is opened, and never again; refuses the tokens in `refused`."""

    def __init__(self) -> None:
        self.key = SigningKey.generate()
        self.keys = [self.key.public]
        self.revoked: list[pb.Revocation] = []
        self.refused: set[str] = set()
        self.watched: asyncio.Queue[str] = asyncio.Queue()
        self.taken: asyncio.Queue[int] = asyncio.Queue()
        self.asked_for_keys = 0
        self.revision = 7
        self.silent = False
        self._told: list[asyncio.Queue[pb.WatchRevocationsResponse]] = []

    def rotate_untold(self) -> SigningKey:
        """Publish another key to those alone who ask."""
        new = SigningKey.generate()
        self.keys.append(new.public)
        return new

    def issue(self, component: str, audience: str, key: SigningKey | None = None, *, scopes=()):
        """Return a token."""
        issuer = Issuer(key or self.key, name="spiffe://campus", trust_domain="campus", clock=CLOCK)
        return issuer.issue(component, audience, Grant(scopes=frozenset(scopes)))

    def revoke(self, **target: str) -> None:
        """Revoke something and tell everybody."""
        self.revoked.append(revocation(**target))
        self.revision += 1
        for told in self._told:
            told.put_nowait(pb.WatchRevocationsResponse(revocations=self.revoked[-1:], revision=self.revision))

    async def IssueToken(self, request, context):
        issued = self.issue(request.bootstrap.component, request.audience)
        token = pb.IssuedToken(access_token=issued.text, jti=issued.jti, lifetime=Duration(seconds=600))
        return pb.IssueTokenResponse(token=token)

    async def WatchKeys(self, request, context):
        self.asked_for_keys += 1
        keys = [pb.PublicKey(kid=one.kid, kty=one.kty, crv=one.crv, alg=one.alg, x=one.x) for one in self.keys]
        yield pb.WatchKeysResponse(keys=keys)
        await asyncio.Event().wait()

    async def WatchRevocations(self, request_iterator, context):
        jti = read_object(parse(str(current_call().get("authorization"))[7:]).payload)["jti"]
        self.watched.put_nowait(jti)
        if jti in self.refused:
            raise Unauthenticated("TOKEN_REVOKED", "the token was revoked")
        if self.silent:
            await asyncio.Event().wait()
        confirming = asyncio.create_task(self._confirm(request_iterator))
        told: asyncio.Queue[pb.WatchRevocationsResponse] = asyncio.Queue()
        self._told.append(told)
        try:
            yield pb.WatchRevocationsResponse(revocations=self.revoked, complete=True, revision=self.revision)
            while True:
                yield await told.get()
        finally:
            self._told.remove(told)
            confirming.cancel()

    async def _confirm(self, requests) -> None:
        async for request in requests:
            self.taken.put_nowait(request.taken)


class Running:
    """The backbone on an address; `stop` it and `start` it again on the same one."""

    def __init__(self) -> None:
        self.servicer = Backbone()
        self.address = "127.0.0.1:0"
        self._server: MeshServer | None = None

    async def start(self) -> None:
        self._server = MeshServer([], component="backbone", options=server_options(Limits()), clock=CLOCK)
        self._server.add(self.servicer)
        self.address = f"127.0.0.1:{self._server.listen(self.address)}"
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def settings(self, folder, component: str = "accounts", *, stale_after: float = 30.0, **more) -> Settings:
        """Return those of a component of this backbone."""
        secret = folder / component
        secret.write_text("0123456789abcdef")
        return Settings(
            component=component,
            mesh="campus",
            backbone="backbone",
            secret_file=secret,
            routes={SERVICE: Route(component="backbone", endpoints=(self.address,))},
            identity=Identity(revocation=Revocation(stale_after=stale_after)),
            drain=Drain(delay=0.0, grace=5.0),
            **more,
        )


@asynccontextmanager
async def backbone():
    """Run one for the length of a block."""
    running = Running()
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
