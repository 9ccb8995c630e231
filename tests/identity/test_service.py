from __future__ import annotations

import asyncio
import base64
import json
import logging
from dataclasses import replace
from functools import partial

import pytest
from served import served

from trunkline.api.identity.v1 import administration_pb2 as admin_pb
from trunkline.api.identity.v1.identity_pb2 import (
    ApiKey,
    ClientCertificate,
    ExchangeTokenRequest,
    IssueTokenRequest,
    RefreshTokenRequest,
    ServiceAccountToken,
    WatchKeysRequest,
    WatchRevocationsRequest,
)
from trunkline.call import Principal
from trunkline.clock import SystemClock
from trunkline.config.settings import Issuer
from trunkline.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from trunkline.identity.client import IdentityClient, KeyWatch, TokenSource, Verifier
from trunkline.identity.credential import Credential
from trunkline.identity.refusal import refused

CLOCK = SystemClock()
USER = Principal("alice", frozenset({"progress.read", "accounts.write"}), frozenset({"student"}), CLOCK.time() + 86_400)
CLUSTER = Issuer(issuer="https://cluster", jwks="keys.json", audience="trunkline")


async def outside(token: str) -> tuple[Issuer, Principal]:
    """Judge tokens of an issuer whose tokens are words."""
    known = {"alice": USER, "pod": Principal("spiffe://campus/activity"), "stray": Principal("a-pod")}
    try:
        return CLUSTER, known[base64.urlsafe_b64decode(token.split(".")[2] + "==").decode()]
    except KeyError:
        raise refused("TOKEN_FOREIGN") from None


class Keys(Verifier):
    """A verifier that tells of each set it is given."""

    def __init__(self, audience: str = "accounts") -> None:
        super().__init__(issuer="spiffe://campus", trust_domain="campus", audience=audience, clock=CLOCK)
        self.sets: asyncio.Queue = asyncio.Queue()

    def replace_keys(self, keys) -> None:
        super().replace_keys(keys)
        self.sets.put_nowait([key.kid for key in keys])


@pytest.fixture
async def place(tmp_path):
    async with served(tmp_path) as place:
        yield place


@pytest.fixture
async def stub(place):
    return await place.identity()


@pytest.fixture
def client(place, stub):
    return IdentityClient(stub, partial(Credential, "secret", "activity", place.secrets["activity"]))


@pytest.fixture
async def tokens(client):
    tokens = TokenSource(client.issue, clock=CLOCK, random=lambda: 0.5, backoff=lambda _: 0.02)
    yield tokens
    await tokens.close()


@pytest.fixture
async def verifier(client):
    keys = Keys()
    watch = KeyWatch(client.watch_keys, keys, clock=CLOCK, backoff=lambda _: 0.02)
    await watch.first()
    yield keys
    await watch.close()


async def test_a_token_fetched_from_the_backbone_is_verified_by_the_keys_it_publishes(tokens, verifier):
    principal = verifier.verify(await tokens.fetch("accounts"))
    assert principal.subject == "spiffe://campus/activity"
    assert principal.roles == {"component", "registrar"}


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
async def test_the_algorithm_is_that_of_the_settings(algorithm, tmp_path):
    async with served(tmp_path, algorithm=algorithm) as place:
        assert place.judged(await place.token("activity", "accounts"), "accounts").subject == "spiffe://campus/activity"
        assert {key.alg for key in place.backbone.published.keys} == {algorithm}


async def test_a_token_for_one_callee_is_refused_by_another(tokens, verifier):
    with pytest.raises(Unauthenticated, match="TOKEN_AUDIENCE"):
        verifier.verify(await tokens.fetch("backbone"))


async def test_the_answer_tells_how_long_the_token_lives(client):
    before = CLOCK.time()
    issued = await client.issue("accounts")
    assert 599 < issued.lifetime <= 600
    assert int(before) + 600 <= issued.expires_at <= CLOCK.time() + 600


async def test_a_hundred_calls_over_the_wire_fetch_once(tokens, place):
    assert len(set(await asyncio.gather(*(tokens.fetch("accounts") for _ in range(100))))) == 1
    assert len(place.audit.of("token.issue")) == 1


async def test_a_token_carries_only_the_scopes_it_was_asked_for(place):
    token = await place.token("activity", "accounts", scopes=["accounts.read"])
    assert place.judged(token, "accounts").scopes == {"accounts.read"}


async def test_more_scopes_than_are_granted_are_refused_and_named(place):
    with pytest.raises(PermissionDenied, match="SCOPE_NOT_GRANTED") as refusal:
        await place.token("activity", "accounts", scopes=["accounts.read", "identity.keys"])
    assert refusal.value.metadata["missing"] == "identity.keys"


@pytest.mark.parametrize(
    ("component", "secret"),
    [
        ("activity", "fedcba9876543210"),
        ("nobody", "the-bootstrap-secret-of-activity"),
        ("progress", "the-secret-of-activity"),
    ],
)
async def test_unknown_components_and_wrong_secrets_are_not_told_apart(component, secret, place, stub):
    place.secrets[component] = secret
    with pytest.raises(Unauthenticated) as refusal:
        await stub.IssueToken(place.request(component, "accounts"))
    expected = "CREDENTIALS_REFUSED: the credential is not good, or its owner may have no token"
    assert str(refusal.value) == f"UNAUTHENTICATED {expected}"
    assert refusal.value.metadata == {}


async def test_only_a_known_component_learns_that_a_callee_does_not_exist(place):
    with pytest.raises(NotFound, match="AUDIENCE_UNKNOWN"):
        await place.token("activity", "nowhere")
    with pytest.raises(Unauthenticated, match="CREDENTIALS_REFUSED"):
        await place.token("nobody", "nowhere")


async def test_a_changed_key_set_reaches_the_verifier(place, verifier):
    before = await verifier.sets.get()
    await place.backbone.keeper.revoke(before[0], place.backbone.keeper._commit)
    after = await verifier.sets.get()
    assert len(after) == 2
    assert before[0] not in after


async def test_watches_end_in_peace_when_the_backbone_drains(tmp_path):
    async with served(tmp_path) as place:
        stub = await place.identity(await place.token("activity", "backbone"))
        keys = aiter(stub.WatchKeys(WatchKeysRequest()))
        revoked = aiter(stub.WatchRevocations(iter([WatchRevocationsRequest()])))
        await asyncio.gather(anext(keys), anext(revoked))
        place.stop.set()
        assert [message async for message in keys] == []
        assert [message async for message in revoked] == []


async def test_a_refresh_token_gives_a_token_and_the_next_refresh_token(place, stub):
    first = await stub.IssueToken(place.request("activity", "accounts", refreshable=True))
    second = await stub.RefreshToken(RefreshTokenRequest(refresh_token=first.refresh_token))
    assert second.refresh_token != first.refresh_token
    one, other = (place.judged(answer.token.access_token, "accounts") for answer in (first, second))
    assert one.claims["fam"] == other.claims["fam"]
    assert (one.scopes, one.roles) == (other.scopes, other.roles)


async def test_a_refresh_never_widens_what_was_asked_for_and_may_name_another_callee(place, stub):
    request = place.request("activity", "accounts", refreshable=True, scopes=["progress.read"])
    first = await stub.IssueToken(request)
    second = await stub.RefreshToken(RefreshTokenRequest(refresh_token=first.refresh_token, audience="progress"))
    assert place.judged(second.token.access_token, "progress").scopes == {"progress.read"}


async def test_a_refresh_token_that_comes_again_takes_its_whole_family_with_it(place, stub):
    first = await stub.IssueToken(place.request("activity", "backbone", refreshable=True))
    second = await stub.RefreshToken(RefreshTokenRequest(refresh_token=first.refresh_token))
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED"):
        await stub.RefreshToken(RefreshTokenRequest(refresh_token=first.refresh_token))
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED"):
        await stub.RefreshToken(RefreshTokenRequest(refresh_token=second.refresh_token))
    for answer in (first, second):
        with pytest.raises(Unauthenticated, match="TOKEN_REVOKED"):
            place.backbone.verifier.verify(answer.token.access_token)
    assert place.audit.of("token.revoke")[0].reason == "REFRESH_REUSED"


async def test_of_two_who_refresh_at_once_one_succeeds_and_the_family_ends(place, stub):
    first = await stub.IssueToken(place.request("activity", "accounts", refreshable=True))
    request = RefreshTokenRequest(refresh_token=first.refresh_token)
    answers = await asyncio.gather(*(stub.RefreshToken(request) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, Unauthenticated) for answer in answers) == 3
    assert [one.kind for one in place.backbone.revocations.all] == ["family"]


async def test_a_component_acts_on_behalf_of_the_component_that_called_it(place):
    accounts = await place.identity(await place.token("accounts", "backbone"))
    token = await place.token("activity", "accounts")
    answer = await accounts.ExchangeToken(ExchangeTokenRequest(subject_token=token, audience="progress"))
    principal = place.judged(answer.token.access_token, "progress")
    assert (principal.subject, principal.caller) == ("spiffe://campus/activity", "spiffe://campus/accounts")
    assert (principal.scopes, principal.roles) == ({"progress.read"}, {"registrar"})


async def test_a_token_for_somebody_else_is_not_exchanged(place):
    accounts = await place.identity(await place.token("accounts", "backbone"))
    token = await place.token("activity", "progress")
    with pytest.raises(InvalidArgument, match="SUBJECT_TOKEN_REFUSED") as refusal:
        await accounts.ExchangeToken(ExchangeTokenRequest(subject_token=token, audience="progress"))
    assert "TOKEN_AUDIENCE" not in str(refusal.value)
    assert place.audit.of("token.exchange")[0].reason == "SUBJECT_TOKEN_REFUSED: TOKEN_AUDIENCE"


async def test_a_revoked_token_is_not_exchanged(place):
    admin = await place.administration()
    accounts = await place.identity(await place.token("accounts", "backbone"))
    token = await place.token("activity", "accounts")
    await admin.RevokeToken(admin_pb.RevokeTokenRequest(subject="activity"))
    with pytest.raises(InvalidArgument, match="SUBJECT_TOKEN_REFUSED"):
        await accounts.ExchangeToken(ExchangeTokenRequest(subject_token=token, audience="progress"))


async def test_an_exchanged_token_is_no_components_and_exchanges_nothing_itself(place):
    accounts = await place.identity(await place.token("accounts", "backbone"))
    token = await place.token("activity", "accounts")
    answer = await accounts.ExchangeToken(ExchangeTokenRequest(subject_token=token, audience="backbone"))
    acting = await place.identity(answer.token.access_token)
    with pytest.raises(PermissionDenied, match="ROLE_MISSING"):
        await acting.ExchangeToken(ExchangeTokenRequest(subject_token=token, audience="progress"))


async def test_a_chain_of_four_actors_is_full(tmp_path):
    names = ["a", "b", "c", "d", "e"]
    async with served(tmp_path, grants={name: {"scopes": ["x.use"]} for name in names}) as place:
        token = await place.token("a", "b")
        for caller, audience in zip(["b", "c", "d", "e"], ["c", "d", "e", "a"], strict=True):
            stub = await place.identity(await place.token(caller, "backbone"))
            request = ExchangeTokenRequest(subject_token=token, audience=audience)
            token = (await stub.ExchangeToken(request)).token.access_token
        assert place.judged(token, "a").actors == tuple(f"spiffe://campus/{name}" for name in "edcb")
        stub = await place.identity(await place.token("a", "backbone"))
        with pytest.raises(FailedPrecondition, match="ACTOR_CHAIN_FULL"):
            await stub.ExchangeToken(ExchangeTokenRequest(subject_token=token, audience="b"))


def foreign(who: str) -> str:
    """Return a token of the outside issuer, which its judge reads in a way of its own."""
    claims = encode({"iss": "https://cluster"})
    return f"{encode({'alg': 'none'})}.{claims}.{encode(who)}"


def encode(part: dict | str) -> str:
    text = part if isinstance(part, str) else json.dumps(part)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


async def test_a_component_acts_on_behalf_of_a_user_of_an_outside_issuer(tmp_path):
    user = replace(USER, expires_at=CLOCK.time() + 300)

    async def judge(token: str) -> tuple[Issuer, Principal]:
        return (await outside(token))[0], user

    async with served(tmp_path, outside=judge) as place:
        activity = await place.identity(await place.token("activity", "backbone"))
        request = ExchangeTokenRequest(subject_token=foreign("alice"), audience="accounts")
        answer = await activity.ExchangeToken(request)
        principal = place.judged(answer.token.access_token, "accounts")
        assert (principal.subject, principal.actors) == ("alice", ("spiffe://campus/activity",))
        assert (principal.scopes, principal.roles) == ({"progress.read", "accounts.write"}, {"student"})
        assert principal.expires_at == int(user.expires_at)


@pytest.mark.parametrize("who", ["nobody", "pod"])
async def test_an_outside_token_of_a_stranger_or_a_component_is_not_exchanged(who, tmp_path):
    async with served(tmp_path, outside=outside) as place:
        activity = await place.identity(await place.token("activity", "backbone"))
        with pytest.raises(InvalidArgument, match="SUBJECT_TOKEN_REFUSED"):
            await activity.ExchangeToken(ExchangeTokenRequest(subject_token=foreign(who), audience="accounts"))


async def test_a_service_account_that_is_a_component_gets_its_tokens(tmp_path):
    async with served(tmp_path, outside=outside) as place:
        stub = await place.identity()
        account = ServiceAccountToken(token=foreign("pod"))
        answer = await stub.IssueToken(IssueTokenRequest(audience="accounts", service_account=account))
        assert place.judged(answer.token.access_token, "accounts").subject == "spiffe://campus/activity"


@pytest.mark.parametrize(
    ("grant", "cause"),
    [
        ({"service_account": ServiceAccountToken(token=foreign("stray"))}, "a-pod of https://cluster is no component"),
        ({"service_account": ServiceAccountToken(token=foreign("nobody"))}, "service account token: TOKEN_FOREIGN"),
        ({"api_key": ApiKey(key="tlk_ci_0123456789abcdef")}, "no API key of that name is this one"),
        ({"api_key": ApiKey(key="something else entirely")}, "not of the form of an API key"),
        ({"certificate": ClientCertificate()}, "the certificate names no component: none"),
    ],
    ids=["no component", "stranger", "wrong key", "no key", "no certificate"],
)
async def test_every_other_proof_is_refused_alike_and_the_audit_log_knows_why(grant, cause, tmp_path):
    async with served(tmp_path, outside=outside) as place:
        stub = await place.identity()
        with pytest.raises(Unauthenticated) as refusal:
            await stub.IssueToken(IssueTokenRequest(audience="accounts", **grant))
        assert refusal.value.reason == "CREDENTIALS_REFUSED"
        assert cause not in str(refusal.value)
        assert place.audit.of("token.issue")[0].reason == f"CREDENTIALS_REFUSED: {cause}"


async def test_one_who_asks_too_often_is_told_how_long_to_wait(tmp_path):
    async with served(tmp_path, requests="3/hour") as place:
        stub = await place.identity()
        for _ in range(3):
            await stub.IssueToken(place.request("activity", "accounts"))
        with pytest.raises(ResourceExhausted, match="TOO_MANY_REQUESTS") as refusal:
            await stub.IssueToken(place.request("activity", "accounts"), timeout=5)
        assert 0 < refusal.value.retry_after <= 3600
        assert place.audit.of("token.issue")[-1].reason == "TOO_MANY_REQUESTS"


async def test_what_was_issued_is_on_record_before_it_is_answered(place):
    await place.token("activity", "accounts", scopes=["accounts.read"])
    event = place.audit.of("token.issue")[0]
    assert (event.outcome, event.who, event.what) == ("granted", "spiffe://campus/activity", "accounts")
    assert event.source.startswith("ipv4:127.0.0.1:")
    assert event.details["grant"] == "bootstrap"
    assert await place.backbone.register.find(event.details["jti"]) is not None


async def test_nothing_is_issued_where_it_cannot_be_put_on_record(place, monkeypatch):
    async def full(event):
        raise ResourceExhausted("AUDIT_FULL", "the disk is full")

    monkeypatch.setattr(place.audit, "write", full)
    with pytest.raises(ResourceExhausted, match="AUDIT_FULL"):
        await place.token("activity", "accounts")


async def test_no_secret_or_token_is_ever_logged_or_on_record(place, stub, caplog):
    caplog.set_level(logging.DEBUG)
    admin = await place.administration()
    made = await admin.AddCredential(admin_pb.AddCredentialRequest(name="ci", kind=admin_pb.CREDENTIAL_KIND_API_KEY))
    first = await stub.IssueToken(place.request("activity", "accounts", refreshable=True))
    second = await stub.RefreshToken(RefreshTokenRequest(refresh_token=first.refresh_token))
    with pytest.raises(Unauthenticated):
        await stub.RefreshToken(RefreshTokenRequest(refresh_token=first.refresh_token))
    secrets = [made.secret, first.refresh_token, second.refresh_token, first.token.access_token]
    text = caplog.text + repr(place.audit.events)
    for secret in (*secrets, *place.secrets.values()):
        assert secret not in text
