"""A whole backbone, served over a socket, and whoever calls it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub
from trunkline.api.identity.v1.identity_pb2 import BootstrapSecret, IssueTokenRequest
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.app import Backbone, own_verifier
from trunkline.clock import SystemClock
from trunkline.config import Settings
from trunkline.identity.verifier import Verifier
from trunkline.membership import Stranger
from trunkline.mesh import Mesh
from trunkline.storage.sqlite import SqliteStore
from trunkline.testing import Noted

CLOCK = SystemClock()
SCOPES = ["identity.read", "identity.revoke", "identity.keys", "identity.credentials"]
GRANTS = {
    "operator": {"scopes": SCOPES, "roles": ["admin"]},
    "activity": {"scopes": ["accounts.read", "accounts.write", "progress.read"], "roles": ["registrar"]},
    "accounts": {"scopes": ["progress.read"]},
    "progress": {},
}


class Recorded(Noted):
    """An audit log in memory."""

    def of(self, kind):
        return [event for event in self.events if event.kind == kind]


class _Holding(Stranger):
    """A membership that shows one token."""

    def __init__(self, settings, token):
        super().__init__(settings, CLOCK)
        self.token = token
        self.tokens = self

    def peek(self, audience):
        return self.token

    async def fetch(self, audience):
        return self.token


class _Serving(Stranger):
    def __init__(self, settings, verifier):
        super().__init__(settings, CLOCK)
        self.verifier = verifier


class Served:
    """A backbone that takes calls. `secrets` are those of the components."""

    def __init__(self, backbone, address, audit, stack, secrets):
        self.backbone = backbone
        self.address = address
        self.audit = audit
        self.secrets = secrets
        self.stop = None
        self._stack = stack

    @property
    def desk(self):
        """The desk as it is, without a wire before it."""
        return self.backbone.services(self.stop)[0]._desk

    def judged(self, token, audience):
        """Return whom `token` speaks for, as the component `audience` finds."""
        verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience=audience, clock=CLOCK)
        verifier.replace_keys(self.backbone.published.keys)
        return verifier.verify(token)

    async def mesh(self, token=None):
        """Return the mesh of a caller that shows `token`."""
        names = ("IdentityService", "IdentityAdminService")
        route = {"component": "backbone", "endpoints": [self.address]}
        own = Settings(
            component="caller",
            mesh="campus",
            routes={f"trunkline.api.identity.v1.{name}": route for name in names},
            components={"backbone": [self.address]},
        )
        return await self._stack.enter_async_context(Mesh.open(own, membership=lambda it: _Holding(it, token)))

    async def identity(self, token=None):
        return IdentityServiceStub((await self.mesh(token)).channel)

    async def administration(self, token=None):
        token = token or await self.token("operator", "backbone")
        return IdentityAdminServiceStub((await self.mesh(token)).channel)

    def request(self, component, audience, **more):
        secret = BootstrapSecret(component=component, secret=self.secrets.get(component, "no secret of anybody"))
        return IssueTokenRequest(audience=audience, bootstrap=secret, **more)

    async def token(self, component, audience, **more):
        """Return a token that the backbone issued to `component`."""
        stub = await self.identity()
        return (await stub.IssueToken(self.request(component, audience, **more))).token.access_token


@asynccontextmanager
async def served(folder, *, mesh="campus", outside=None, clock=CLOCK, grants=GRANTS, bind=False, **identity):
    """Serve a backbone whose data is in `folder`."""
    secrets = {name: f"the-bootstrap-secret-of-{name}" for name in grants if name != "progress"}
    (folder / "secrets").mkdir(exist_ok=True)
    for name, secret in secrets.items():
        if not (folder / "secrets" / name).exists():
            (folder / "secrets" / name).write_text(secret)
    settings = Settings(
        component="backbone",
        mesh=mesh,
        listen="127.0.0.1:0",
        data_dir=folder,
        secrets_dir=folder / "secrets",
        grants=grants,
        drain={"delay": 0.0},
        tls={"bind_tokens": bind},
        identity={"requests": "1000/minute", **identity},
    )
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(SqliteStore.open(folder / "backbone.db", clock=clock))
        audit = Recorded()
        verifier, bucket = own_verifier(settings, clock), store.bucket("identity")
        backbone = Backbone(settings, bucket, verifier=verifier, audit=audit, clock=clock, outside=outside)
        await backbone.load()
        serving = Mesh.open(settings, membership=lambda own: _Serving(own, verifier), audit=audit)
        opened = await stack.enter_async_context(serving)
        await stack.enter_async_context(backbone.keeping())
        task = asyncio.create_task(opened.serve(*backbone.services(opened.stop.asked)))
        stack.push_async_callback(lambda: task)
        stack.callback(opened.stop.asked.set)
        one = Served(backbone, f"127.0.0.1:{await opened.port()}", audit, stack, secrets)
        one.stop = opened.stop.asked
        yield one
