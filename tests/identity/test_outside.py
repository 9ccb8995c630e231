from __future__ import annotations

import asyncio
import dataclasses
import json
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from trunkline.base64url import encode
from trunkline.config.settings import Issuer
from trunkline.errors import Unauthenticated
from trunkline.identity.outside import OutsideIssuers

NOW = 1_800_000_000.0
CLUSTER = "https://kubernetes.default.svc"
ACCOUNT = "system:serviceaccount:campus:activity"


class Rsa:
    """Signs as SigningKey does, with RSA."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(65537, 2048)
        numbers = self.private.public_key().public_numbers()
        self.members = {"kty": "RSA", "kid": "rsa-1", "n": encode(numbers.n.to_bytes(256, "big")), "e": "AQAB"}

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message, padding.PKCS1v15(), SHA256())


RSA = Rsa()


def members(key) -> dict:
    return {name: value for name, value in dataclasses.asdict(key.public).items() if value}


class Places:
    """What lies where, and how often it was fetched."""

    def __init__(self, **texts: object) -> None:
        self.texts = texts
        self.fetched: list[str] = []
        self.open = threading.Event()
        self.open.set()

    def fetch(self, place: str) -> bytes:
        self.fetched.append(place)
        self.open.wait()
        text = self.texts[place]
        if isinstance(text, Exception):
            raise text
        return json.dumps({"keys": text}).encode()


@pytest.fixture
def places(forge) -> Places:
    return Places(cluster=[RSA.members], oidc=[members(forge.key)])


@pytest.fixture
async def outside(places, clock):
    issuers = [
        Issuer(issuer=CLUSTER, jwks="cluster", audience="trunkline", components={ACCOUNT: "activity"}),
        Issuer(
            issuer="https://login.example",
            jwks="oidc",
            audience="campus-web",
            algorithms=("EdDSA",),
            subject="email",
            scopes="scp",
            roles="groups",
        ),
    ]
    outside = OutsideIssuers(issuers, trust_domain="campus", clock=clock, fetch=places.fetch)
    yield outside
    await outside.close()


def account(forge, key=RSA, header: dict | None = None, **changes: object) -> str:
    """A token as Kubernetes projects it: no typ, no jti, and more claims than are asked for."""
    good = {"iss": CLUSTER, "aud": ["trunkline"], "sub": ACCOUNT, "exp": NOW + 3607, "nbf": NOW, "kubernetes.io": {}}
    claims = forge.claims(scope=None, roles=None, jti=None, **{**good, **changes})
    return forge.token({"alg": "RS256", "kid": "rsa-1", **(header or {})}, claims, key=key)


def user(forge, key=None, header: dict | None = None, **changes: object) -> str:
    good = {"iss": "https://login.example", "aud": "campus-web", "sub": "u-7", "email": "ada@example.org"}
    claims = forge.claims(**{"scope": None, "roles": None, **good, **changes})
    return forge.token(forge.header(**{"typ": "JWT", **(header or {})}), claims, key=key)


async def test_a_service_account_proves_the_component_it_is_mapped_to(outside, forge):
    issuer, principal = await outside.judge(account(forge))
    assert issuer.issuer == CLUSTER
    assert principal.subject == "spiffe://campus/activity"
    assert principal.claims["sub"] == ACCOUNT
    assert principal.expires_at == NOW + 3607


async def test_a_service_account_that_is_not_mapped_is_no_component(outside, forge):
    _, principal = await outside.judge(account(forge, sub="system:serviceaccount:campus:other"))
    assert principal.subject == "system:serviceaccount:campus:other"


async def test_the_claims_are_those_that_the_configuration_names(outside, forge):
    _, principal = await outside.judge(user(forge, scp=["a.read", "b.read"], groups="staff registrar", scope="root"))
    assert principal.subject == "ada@example.org"
    assert principal.scopes == {"a.read", "b.read"}
    assert principal.roles == {"staff", "registrar"}


REFUSED = {
    "an issuer nobody knows": (lambda f: user(f, iss="https://evil.example"), "TOKEN_FOREIGN"),
    "no issuer": (lambda f: user(f, iss=None), "TOKEN_FOREIGN"),
    "issuers in a list": (lambda f: user(f, iss=[CLUSTER]), "TOKEN_FOREIGN"),
    "the mesh itself": (lambda f: f.token(), "TOKEN_FOREIGN"),
    "one issuer signed with another's key": (lambda f: account(f, f.key, f.header(typ=None)), "TOKEN_FOREIGN"),
    "an algorithm not configured": (lambda f: user(f, RSA, {"alg": "RS256", "kid": "rsa-1"}), "TOKEN_FOREIGN"),
    "HS256": (lambda f: user(f, header={"alg": "HS256"}), "TOKEN_FOREIGN"),
    "none": (lambda f: user(f, header={"alg": "none"}), "TOKEN_FOREIGN"),
    "another's signature": (lambda f: user(f, f.stranger), "TOKEN_FOREIGN"),
    "another audience": (lambda f: user(f, aud="campus-web2"), "TOKEN_AUDIENCE"),
    "the audience of another issuer": (lambda f: account(f, aud=["campus-web"]), "TOKEN_AUDIENCE"),
    "expired": (lambda f: user(f, iat=NOW - 700, exp=NOW - 10), "TOKEN_EXPIRED"),
    "not yet": (lambda f: user(f, nbf=NOW + 11), "TOKEN_NOT_YET_VALID"),
    "no end": (lambda f: user(f, exp=None), "TOKEN_MALFORMED"),
    "more than a day": (lambda f: user(f, exp=NOW + 86_401), "TOKEN_MALFORMED"),
    "no subject": (lambda f: user(f, email=None), "TOKEN_MALFORMED"),
    "a subject of ours": (lambda f: user(f, email="spiffe://campus/backbone"), "TOKEN_MALFORMED"),
    "a subject much like ours": (lambda f: user(f, email="SPIFFE://campus/backbone"), "TOKEN_MALFORMED"),
    "a subject of another mesh": (lambda f: user(f, email="spiffe://other/a"), "TOKEN_MALFORMED"),
    "the role of components": (lambda f: user(f, groups=["component"]), "TOKEN_MALFORMED"),
    "bound to a key": (lambda f: user(f, cnf={"jkt": "x"}), "TOKEN_MALFORMED"),
    "another kind of token": (lambda f: user(f, header={"typ": "logout+jwt"}), "TOKEN_MALFORMED"),
    "crit": (lambda f: user(f, header={"crit": ["exp"]}), "TOKEN_MALFORMED"),
    "scopes of numbers": (lambda f: user(f, scp=[1]), "TOKEN_MALFORMED"),
    "claims that are no object": (lambda f: f.token(claims="[]"), "TOKEN_MALFORMED"),
    "no token": (lambda f: "ada", "TOKEN_MALFORMED"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_wrong_is_refused_for_the_right_reason(name, outside, forge):
    make, reason = REFUSED[name]
    for _ in range(2):
        with pytest.raises(Unauthenticated) as refusal:
            await outside.judge(make(forge))
        assert refusal.value.reason == reason


async def test_keys_are_fetched_when_they_are_first_needed_and_then_no_more(outside, places, forge):
    assert places.fetched == []
    for _ in range(3):
        await outside.judge(user(forge))
    assert places.fetched == ["oidc"]


async def test_a_new_key_is_fetched_when_it_is_first_seen(outside, places, forge, clock):
    await outside.judge(user(forge))
    places.texts["oidc"] = [members(forge.key), members(forge.stranger)]
    new = user(forge, forge.stranger, {"kid": forge.stranger.public.kid})
    with pytest.raises(Unauthenticated):
        await outside.judge(new)
    clock.advance(10.0)
    assert (await outside.judge(new))[1].subject == "ada@example.org"
    assert places.fetched == ["oidc", "oidc"]


@pytest.mark.parametrize("failure", [OSError("no route"), ValueError("no key set")], ids=repr)
async def test_keys_that_are_there_outlive_a_failed_fetch(failure, outside, places, forge, clock):
    await outside.judge(user(forge))
    places.texts["oidc"] = failure
    clock.advance(10.0)
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        await outside.judge(user(forge, header={"kid": "unknown"}))
    assert places.fetched == ["oidc", "oidc"]
    await outside.judge(user(forge))


async def test_a_flood_of_unknown_keys_is_one_fetch(outside, places, forge):
    places.open.clear()
    flood = [asyncio.create_task(outside.judge(user(forge, header={"kid": f"k{n}"}))) for n in range(300)]
    while not places.fetched:
        await asyncio.sleep(0)
    places.open.set()
    answers = await asyncio.gather(*flood, return_exceptions=True)
    assert {answer.reason for answer in answers} == {"TOKEN_FOREIGN"}
    assert places.fetched == ["oidc"]


async def test_no_issuer_is_fetched_for_the_tokens_of_another(outside, places, forge):
    with pytest.raises(Unauthenticated):
        await outside.judge(user(forge, iss="https://evil.example", header={"jku": "https://evil.example/jwks"}))
    assert places.fetched == []


async def test_a_key_set_in_a_file_is_read(tmp_path, clock, forge):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [RSA.members]}))
    issuer = Issuer(issuer=CLUSTER, jwks=str(path), audience="trunkline")
    outside = OutsideIssuers([issuer], trust_domain="campus", clock=clock)
    assert (await outside.judge(account(forge)))[0] is issuer


@pytest.mark.parametrize("place", ["http://example.org/jwks", "ftp://127.0.0.1/jwks", "file:///jwks", "HTTP://x/y"])
def test_a_key_set_that_anybody_on_the_way_could_change_is_no_setting(place):
    with pytest.raises(ValueError, match="https"):
        Issuer(issuer=CLUSTER, jwks=place, audience="trunkline")


@pytest.mark.parametrize("place", ["https://example.org/jwks", "http://127.0.0.1:8/", "http://localhost/", "jwks.json"])
def test_a_key_set_may_be_a_file_or_https_or_on_this_machine(place):
    assert Issuer(issuer=CLUSTER, jwks=place, audience="trunkline").jwks == place
