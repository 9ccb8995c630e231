from __future__ import annotations

import asyncio

import grpc
import pytest

from trunkline.api.identity.v1.identity_pb2 import BootstrapSecret, IssueTokenRequest
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub, add_IdentityServiceServicer_to_server
from trunkline.clock import SystemClock
from trunkline.errors import NotFound, Unauthenticated
from trunkline.identity.client import IdentityClient, KeyWatch, TokenSource, Verifier
from trunkline.identity.grants import Grants, digest_of
from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant
from trunkline.identity.published import Published
from trunkline.identity.service import Identity
from trunkline.identity.signing import SigningKey

SECRET = "0123456789abcdef"
GRANTS = Grants(
    {"activity": Grant(scopes=frozenset({"accounts.read"}), digest=digest_of(SECRET)), "accounts": Grant()},
    callees=["backbone"],
)


class Watched(Published):
    """Tells when a watcher has left."""

    def __init__(self, keys) -> None:
        super().__init__(keys)
        self.left = asyncio.Event()

    async def watch(self, until):
        try:
            async for keys in super().watch(until):
                yield keys
        finally:
            self.left.set()


class Backbone:
    """A real server with the identity service on it."""

    def __init__(self, key: SigningKey, address: str = "127.0.0.1:0") -> None:
        self.published = Watched([key.public])
        self.draining = asyncio.Event()
        issuer = Issuer(key, name="spiffe://campus", trust_domain="campus", clock=SystemClock())
        self.servicer = Identity(issuer, GRANTS, self.published, draining=self.draining)
        self.server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        add_IdentityServiceServicer_to_server(self.servicer, self.server)
        self.address = f"127.0.0.1:{self.server.add_insecure_port(address)}"

    async def __aenter__(self):
        await self.server.start()
        return self

    async def __aexit__(self, *_):
        await self.server.stop(0)


class Keys(Verifier):
    """A verifier that tells of each set it is given."""

    def __init__(self) -> None:
        super().__init__(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=SystemClock())
        self.sets: asyncio.Queue = asyncio.Queue()

    def replace_keys(self, keys) -> None:
        super().replace_keys(keys)
        self.sets.put_nowait([key.kid for key in keys])


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture
async def backbone(key):
    async with Backbone(key) as backbone:
        yield backbone


@pytest.fixture
async def client(backbone):
    options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.min_reconnect_backoff_ms", 100)]
    async with grpc.aio.insecure_channel(backbone.address, options=options) as channel:
        yield IdentityClient(IdentityServiceStub(channel), component="activity", secret=SECRET)


@pytest.fixture
async def tokens(client):
    tokens = TokenSource(client.issue, clock=SystemClock(), random=lambda: 0.5, backoff=lambda _: 0.02)
    yield tokens
    await tokens.close()


@pytest.fixture
async def verifier(client):
    keys = Keys()
    watch = KeyWatch(client.watch_keys, keys, clock=SystemClock(), backoff=lambda _: 0.02)
    await watch.first()
    yield keys
    await watch.close()


async def test_a_token_fetched_from_the_backbone_is_verified_by_the_keys_it_publishes(tokens, verifier):
    principal = verifier.verify(await tokens.fetch("accounts"))
    assert principal.subject == "spiffe://campus/activity"
    assert principal.scopes == {"accounts.read"}


async def test_a_token_for_one_callee_is_refused_by_another(tokens, verifier):
    with pytest.raises(Unauthenticated, match="TOKEN_AUDIENCE"):
        verifier.verify(await tokens.fetch("backbone"))


async def test_the_answer_tells_how_long_the_token_lives(client):
    before = SystemClock().time()
    issued = await client.issue("accounts")
    assert issued.lifetime == 600
    assert int(before) + 600 <= issued.expires_at <= SystemClock().time() + 600


async def test_a_hundred_calls_over_the_wire_fetch_once(tokens, backbone, monkeypatch):
    issued = []
    issue = backbone.servicer._issuer.issue
    monkeypatch.setattr(backbone.servicer._issuer, "issue", lambda *asked: issued.append(asked) or issue(*asked))
    assert len(set(await asyncio.gather(*(tokens.fetch("accounts") for _ in range(100))))) == 1
    assert [asked[:2] for asked in issued] == [("activity", "accounts")]


async def test_a_changed_key_set_reaches_the_verifier(backbone, verifier, key):
    other = SigningKey.generate()
    assert await verifier.sets.get() == [key.public.kid]
    backbone.published.replace([key.public, other.public])
    assert await verifier.sets.get() == [key.public.kid, other.public.kid]


async def test_keys_outlive_the_backbone_and_a_new_watch_follows_its_return(backbone, verifier, tokens, key):
    token = await tokens.fetch("accounts")
    assert await verifier.sets.get() == [key.public.kid]
    await backbone.server.stop(0)
    assert verifier.verify(token).subject == "spiffe://campus/activity"
    other = SigningKey.generate()
    async with Backbone(other, backbone.address):
        assert await verifier.sets.get() == [other.public.kid]
        with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
            verifier.verify(token)


async def test_watches_end_in_peace_when_the_backbone_drains(backbone, client):
    sets = client.watch_keys()
    assert len(await anext(sets)) == 1
    backbone.draining.set()
    assert [keys async for keys in sets] == []


async def test_a_watch_that_is_closed_ends_at_the_backbone_too(backbone, client):
    sets = client.watch_keys()
    await anext(sets)
    assert not backbone.published.left.is_set()
    await sets.aclose()
    await backbone.published.left.wait()


@pytest.mark.parametrize(
    ("component", "secret"), [("activity", "fedcba9876543210"), ("nobody", SECRET), ("accounts", SECRET)]
)
async def test_unknown_components_and_wrong_secrets_are_not_told_apart(component, secret, backbone):
    with pytest.raises(Unauthenticated) as refusal:
        await backbone.servicer.IssueToken(
            IssueTokenRequest(audience="accounts", bootstrap=BootstrapSecret(component=component, secret=secret)), None
        )
    assert str(refusal.value) == "UNAUTHENTICATED CREDENTIALS_REFUSED: the component or its secret is wrong"
    assert refusal.value.metadata == {}


@pytest.mark.parametrize(
    ("secret", "refused"), [(SECRET, NotFound), ("fedcba9876543210", Unauthenticated)], ids=["known", "stranger"]
)
async def test_only_a_known_component_learns_that_a_callee_does_not_exist(secret, refused, backbone):
    with pytest.raises(refused):
        await backbone.servicer.IssueToken(
            IssueTokenRequest(audience="nowhere", bootstrap=BootstrapSecret(component="activity", secret=secret)), None
        )
