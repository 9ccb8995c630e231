"""The ways to a token that need TLS, each over a mesh in processes; its tokens are bound to certificates."""

from __future__ import annotations

import datetime as dt
import json
import time

import grpc
import jwt
import pytest
import pytest_asyncio
import yaml
from documents import ROOT
from upright import upright

from campus.api.accounts.v1.accounts_pb2 import GetUserRequest, RegisterUserRequest
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.progress.v1.progress_pb2 import GetProgressRequest
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from trunkline import Mesh, Unauthenticated
from trunkline.api.entities.v1.user_pb2 import User
from trunkline.api.identity.v1.administration_pb2 import IntrospectTokenRequest
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub
from trunkline.api.identity.v1.identity_pb2 import ExchangeTokenRequest
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.certificates.authority import Authority
from trunkline.config import load_mesh_file, settings_for
from trunkline.identity.signing import SigningKey

ADA = "11111111-1111-4111-8111-111111111111"
BOB = "22222222-2222-4222-8222-222222222222"
CLUSTER, PROVIDER = "https://cluster.example", "https://login.example"
POD = "system:serviceaccount:campus:journey"
SECRETLESS = "CREDENTIALS_REFUSED"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def keys():
    """The keys of the cluster and of the provider of users."""
    return {issuer: SigningKey.generate("ES256") for issuer in (CLUSTER, PROVIDER)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory, keys):
    """The backbone, accounts and progress; the last has no secret and proves itself by its certificate."""
    folder = tmp_path_factory.mktemp("mesh")
    whole = yaml.safe_load((ROOT / "trunkline.yaml").read_text(encoding="utf-8"))
    whole["settings"]["tls"]["bind_tokens"] = True
    whole["backbone"] = {"address": "127.0.0.1:0", "settings": {"identity": {"issuers": issuers(folder, keys)}}}
    components = whole["components"]
    del components["activity"]
    components["journey"]["needs"].remove("activity")
    for name in ("accounts", "progress"):
        components[name]["address"] = "127.0.0.1:0"
    components["progress"]["settings"] = {"identity": {"credential": "certificate"}}
    (folder / "trunkline.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    access = yaml.safe_load((ROOT / "access.yaml").read_text(encoding="utf-8"))
    del access["components"]["activity"]
    (folder / "access.yaml").write_text(yaml.safe_dump(access), encoding="utf-8")
    async with upright(folder) as running:
        async with member(running, "journey") as mesh:
            accounts = AccountsServiceStub(mesh.channel)
            for user_id, name in ((ADA, "ada"), (BOB, "bob")):
                await accounts.RegisterUser(RegisterUserRequest(user=User(user_id=user_id, username=name)))
        yield running


def issuers(folder, keys):
    """The settings of both, with their key sets in files."""
    found = []
    for issuer, key in keys.items():
        path = folder / f"{key.public.kid}.json"
        members = {name: getattr(key.public, name) for name in ("kid", "kty", "crv", "alg", "x", "y")}
        path.write_text(json.dumps({"keys": [members]}), encoding="utf-8")
        found.append({"issuer": issuer, "jwks": str(path), "audience": "campus"})
    found[0]["components"] = {POD: "journey"}
    return found


def from_outside(keys, issuer: str, subject: str, **more) -> str:
    """A token of that issuer."""
    now = int(time.time())
    claims = {"iss": issuer, "aud": "campus", "sub": subject, "iat": now, "exp": now + 600}
    key = keys[issuer]
    return jwt.encode(claims | more, key.private, "ES256", {"kid": key.public.kid})


def settings_of(up, name: str, **identity):
    """The settings of a component, with another way to prove itself."""
    settings = settings_for(load_mesh_file(up.file), name)
    changed = settings.identity.model_copy(update=identity)
    return settings.model_copy(update={"identity": changed, "listen": None, "needs": ()})


def member(up, name: str, **identity):
    """That component as a client."""
    return Mesh.open(settings_of(up, name, **identity))


async def grant_of(up, token: str) -> tuple[str, str]:
    """Whom a token is of, and what it was had by."""
    async with member(up, "operator") as operator:
        asked = IntrospectTokenRequest(token=token)
        record = (await IdentityAdminServiceStub(operator.channel).IntrospectToken(asked)).token
    return record.subject, record.grant


async def test_a_component_proves_itself_by_its_certificate_and_has_no_secret_to_lose(up):
    async with member(up, "journey", credential="certificate") as mesh:
        settings = mesh.settings
        answer = await AccountsServiceStub(mesh.channel).GetUser(GetUserRequest(user_id=ADA))
        token = await mesh._membership.tokens.fetch("accounts")
    assert settings.identity.credential == "certificate"
    assert answer.user.username == "ada"
    assert await grant_of(up, token) == ("spiffe://campus/journey", "certificate")


async def test_a_component_proves_itself_by_the_token_of_its_pod(up, keys, tmp_path):
    projected = tmp_path / "token"
    projected.write_text(from_outside(keys, CLUSTER, POD))
    async with member(up, "journey", credential="service-account", service_account_file=projected) as mesh:
        await AccountsServiceStub(mesh.channel).GetUser(GetUserRequest(user_id=ADA))
        token = await mesh._membership.tokens.fetch("accounts")
    assert await grant_of(up, token) == ("spiffe://campus/journey", "service-account")


@pytest.mark.parametrize(
    ("issuer", "subject", "signer"),
    [(CLUSTER, "system:serviceaccount:campus:other", CLUSTER), (PROVIDER, POD, PROVIDER), (CLUSTER, POD, PROVIDER)],
)
async def test_the_token_of_another_pod_issuer_or_key_proves_nobody(up, keys, tmp_path, issuer, subject, signer):
    projected = tmp_path / "token"
    projected.write_text(from_outside({issuer: keys[signer]}, issuer, subject))
    async with member(up, "journey", credential="service-account", service_account_file=projected) as mesh:
        with pytest.raises(Unauthenticated, match=SECRETLESS):
            await AccountsServiceStub(mesh.channel).GetUser(GetUserRequest(user_id=ADA))


async def test_on_behalf_of_a_learner_the_learners_own_progress_is_told_and_nobody_elses(up, keys):
    learner = from_outside(keys, PROVIDER, ADA, scope="progress.read")
    async with member(up, "journey") as mesh:
        asked = ExchangeTokenRequest(subject_token=learner, audience="progress", scopes=["progress.read"])
        token = (await IdentityServiceStub(mesh.channel).ExchangeToken(asked)).token.access_token
        bearer = [("authorization", f"Bearer {token}")]
        progress = ProgressServiceStub(mesh._network.routes.component("progress").endpoints[0].channel)
        answers = []
        for user_id in (ADA, BOB):
            request = GetProgressRequest(user_id=user_id, code_module="AAA", code_presentation="2013J")
            with pytest.raises(grpc.aio.AioRpcError) as told:
                await progress.GetProgress(request, metadata=bearer)
            answers.append(told.value.code())
    assert answers == [grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED]
    assert (await grant_of(up, token)) == (ADA, "exchange")


async def test_a_token_is_useless_over_the_connection_of_another_certificate_even_of_its_own_component(up, tmp_path):
    async with member(up, "journey") as mesh:
        stolen = await mesh._membership.tokens.fetch("accounts")
        known = [("authorization", f"Bearer {stolen}")]
        request = GetUserRequest(user_id=ADA)
        [endpoint] = mesh._network.routes.component("accounts").endpoints
        assert (await AccountsServiceStub(endpoint.channel).GetUser(request, metadata=known)).user.username == "ada"
    tls = up.folder / ".trunkline" / "tls"
    key, certificate = authority(tls).issue("spiffe://campus/journey")
    credentials = grpc.ssl_channel_credentials((tls / "ca.crt").read_bytes(), key, certificate)
    options = [("grpc.default_authority", "accounts.campus")]
    async with grpc.aio.secure_channel(endpoint.address, credentials, options=options) as other:
        with pytest.raises(grpc.aio.AioRpcError, match="not bound to the certificate") as told:
            await AccountsServiceStub(other).GetUser(request, metadata=known)
    assert told.value.code() is grpc.StatusCode.UNAUTHENTICATED


def authority(folder):
    """The one that `up` made."""
    return Authority.open(folder, "campus", dt.datetime.now(dt.UTC))
