"""The verbs of operators on a real backbone: what one of them does, another sees."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio
from upright import upright

MESH = """\
mesh: tests
access: access.yaml
settings: {drain: {delay: 0}}
backbone:
  address: "127.0.0.1:0"
  settings: {identity: {rotation: {cache_life: 0}}}
components:
  accounts: {address: "127.0.0.1:1"}
  reader: {}
  operator: {}
"""
ACCESS = """\
components:
  reader: {scopes: [accounts.read]}
  operator: {scopes: [identity.read, identity.revoke, identity.keys, identity.credentials]}
users:
  office: {scopes: [accounts.read]}
  registry: {scopes: [accounts.read]}
"""


pytestmark = pytest.mark.timeout(240)  # each verb is a process, and each test starts several


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh(tmp_path_factory):
    """One mesh for all tests: they use different names."""
    folder = tmp_path_factory.mktemp("mesh")
    (folder / "trunkline.yaml").write_text(MESH)
    (folder / "access.yaml").write_text(ACCESS)
    async with upright(folder) as mesh:
        yield mesh


async def done(mesh, script: str) -> str:
    """What `script` prints; it must succeed."""
    status, out, err = await mesh.shell(script)
    assert status == 0, err
    return out


async def test_a_token_is_good_until_it_is_revoked(mesh):
    await done(mesh, "trunkline token issue -c reader -a accounts > token")
    assert json.loads(await done(mesh, "trunkline token inspect token --online -o json"))["active"] is True
    jti = json.loads(await done(mesh, "trunkline token inspect token -o json"))["claims"]["jti"]
    assert jti in await done(mesh, "trunkline token list")
    said = await done(mesh, f"trunkline token revoke --jti {jti} --reason lost")
    assert said.startswith(f"revoked the token {jti}; ")
    assert jti not in await done(mesh, "trunkline token list")
    status, out, _ = await mesh.shell("trunkline token inspect token --online")
    assert (status, "says it is not good" in out) == (1, True)


async def test_an_api_key_is_good_until_it_is_removed(mesh):
    secret = (await done(mesh, "trunkline credentials add registry -k api-key | tee key")).strip()
    claims = "trunkline token issue -a accounts --api-key-file key | trunkline token inspect -o json"
    found = json.loads(await done(mesh, claims))["claims"]
    assert (found["sub"], found["scope"]) == ("registry", "accounts.read")
    assert secret not in await done(mesh, "trunkline credentials list -o json")
    await done(mesh, "trunkline credentials rotate registry -k api-key > next")
    await done(mesh, "for key in key next; do trunkline token issue -a accounts --api-key-file $key; done")
    await done(mesh, "trunkline credentials remove registry -k api-key --older-only")
    status, _, err = await mesh.shell("trunkline token issue -a accounts --api-key-file key")
    assert (status, "CREDENTIALS_REFUSED" in err) == (1, True)
    await done(mesh, "trunkline token issue -a accounts --api-key-file next")


async def test_after_a_rotation_another_key_signs(mesh):
    kid = "trunkline token issue -a accounts | trunkline token inspect -o json"
    before = json.loads(await done(mesh, kid))["header"]["kid"]
    rotated = json.loads(await done(mesh, "trunkline keys rotate -o json"))
    assert json.loads(await done(mesh, kid))["header"]["kid"] == rotated["kid"] != before
    states = {key["kid"]: key["state"] for key in json.loads(await done(mesh, "trunkline keys list -o json"))}
    assert (states[before], states[rotated["kid"]]) == ("retired", "active")


async def test_a_users_token_is_exchanged_for_one_with_an_actor(mesh):
    await done(mesh, "trunkline credentials add office -k api-key > office")
    await done(mesh, "trunkline token issue -a reader --api-key-file office > user")
    exchanged = "trunkline token exchange -c reader -a accounts user | trunkline token inspect -o json"
    claims = json.loads(await done(mesh, exchanged))["claims"]
    assert (claims["sub"], claims["act"]["sub"]) == ("office", "spiffe://tests/reader")


@pytest.mark.parametrize("verb", ["token list", "keys rotate", "token revoke --jti a"])
async def test_a_component_that_may_not_is_told_what_it_lacks(mesh, verb):
    status, out, err = await mesh.shell(f"trunkline {verb} -c reader")
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith("PERMISSION_DENIED SCOPE_MISSING: ")
    assert "; give reader the scope identity." in err


@pytest.mark.parametrize(
    ("verb", "reason"),
    [
        ("token issue -a acounts", "NOT_FOUND AUDIENCE_UNKNOWN"),
        ("token issue -c reader -a accounts -s accounts.write", "PERMISSION_DENIED SCOPE_NOT_GRANTED"),
        ("credentials rotate nobody -k api-key", "NOT_FOUND CREDENTIAL_UNKNOWN"),
        ("credentials add operator -k bootstrap", "ALREADY_EXISTS CREDENTIAL_EXISTS"),
        ("token revoke --subject 'a b'", "INVALID_ARGUMENT "),
        ("token issue -a Accounts", "INVALID_ARGUMENT INVALID_REQUEST"),
    ],
)
async def test_a_refusal_is_one_line(mesh, verb, reason):
    status, out, err = await mesh.shell(f"trunkline {verb}")
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith(reason)


async def test_a_component_that_runs_may_be_asked_for_beside_it(mesh):
    await done(mesh, "trunkline token issue -c accounts -a accounts")
    assert not list((mesh.folder / ".trunkline" / "audit").glob("accounts.*"))
