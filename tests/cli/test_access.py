"""`trunkline access` over a mesh of its own: a mesh file, an access file and a contract, and nothing that runs."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from pathlib import Path

import jwt
import pytest
from compiled import HEAD, PROTOS
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
ORDERS = (
    HEAD.replace('import "google/protobuf/timestamp.proto";\n', "")
    + """
// Takes orders.
service OrderService {
  // One order.
  rpc Get(GetRequest) returns (GetResponse) {
    option (trunkline.api.policy.v1.method) = {
      access: {
        scopes: "orders.read"
        rule: "request.buyer == claims.sub || 'clerk' in claims.roles"
      }
    };
  }

  // Places one.
  rpc Place(PlaceRequest) returns (PlaceResponse) {
    option (trunkline.api.policy.v1.method) = {
      access: {scopes: "orders.write"}
    };
  }

  // What there is.
  rpc List(ListRequest) returns (ListResponse) {
    option (trunkline.api.policy.v1.method) = {
      access: {public: true}
    };
  }
}

message GetRequest {
  string buyer = 1;
}
message GetResponse {}
message PlaceRequest {}
message PlaceResponse {}
message ListRequest {}
message ListResponse {}
"""
)
MESH = """\
mesh: shop
backbone: {address: "127.0.0.1:1"}
components:
  orders: {address: "127.0.0.1:2", services: [shop.api.orders.v1.OrderService]}
  web: {}
"""
ACCESS = """\
roles: {clerk: {scopes: [orders.read]}}
components: {web: {scopes: [orders.read]}}
users: {ann: {scopes: [orders.read]}, carl: {roles: [clerk]}}
"""
GET = "shop.api.orders.v1.OrderService/Get"
PLACE = "shop.api.orders.v1.OrderService/Place"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shutil.copytree(PROTOS / "third_party", tmp_path / "protos" / "third_party")
    policy = Path("trunkline/api/policy/v1/policy.proto")
    (tmp_path / "protos" / policy).parent.mkdir(parents=True)
    shutil.copy(PROTOS / policy, tmp_path / "protos" / policy)
    shutil.copy(PROTOS.parent / "buf.yaml", tmp_path)
    (tmp_path / "protos" / "orders.proto").write_text(ORDERS)
    (tmp_path / "trunkline.yaml").write_text(MESH)
    (tmp_path / "access.yaml").write_text(ACCESS)
    return tmp_path


@pytest.fixture
def explain(shop, trunkline):
    async def explain(*arguments: str):
        return await trunkline("access", "explain", *arguments, COLUMNS="100")

    return explain


def written(folder: Path, **claims: object) -> str:
    """Write a token into a file; return the name of the file."""
    said = {"iss": "spiffe://shop", "aud": "spiffe://shop/orders", "exp": time.time() + 600, "sub": "ann"}
    token = jwt.encode(
        {**said, "scope": "orders.read", **claims}, KEY, algorithm="EdDSA", headers={"kid": "one", "typ": "at+jwt"}
    )
    (folder / "token").write_text(f"{token}\n")
    return "token"


def key_set(folder: Path, key: Ed25519PrivateKey = KEY) -> str:
    """Write a key set into a file; return the name of the file."""
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    one = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "one", "x": x}
    (folder / "jwks.json").write_text(json.dumps({"keys": [one]}))
    return "jwks.json"


def line(beginning: str) -> int:
    return next(number for number, row in enumerate(ORDERS.splitlines(), 1) if row.strip().startswith(beginning))


async def test_an_allowed_call_is_told_with_each_step_and_where_it_is_said(explain):
    done = await explain("--from", "ann", "--to", "Get", "--request", '{"buyer": "ann"}', "-o", "json")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == {
        "from": "ann",
        "to": GET,
        "allowed": True,
        "reason": None,
        "message": None,
        "basis": "with what access.yaml grants",
        "steps": [
            {"what": "caller", "asked": "somebody known", "found": "ann", "holds": True, "from": "access.yaml"},
            {
                "what": "scopes",
                "asked": "all of orders.read",
                "found": "orders.read",
                "holds": True,
                "from": f"protos/orders.proto:{line('scopes:')}",
            },
            {
                "what": "rule",
                "asked": "request.buyer == claims.sub || 'clerk' in claims.roles",
                "found": "true",
                "holds": True,
                "from": f"protos/orders.proto:{line('rule:')}",
            },
        ],
        "read": {"request.buyer": '"ann"', "claims.sub": '"ann"', "claims.roles": "[]"},
    }


async def test_a_refused_call_exits_with_1_and_says_what_the_caller_gets(explain):
    done = await explain("--from", "web", "--to", "Place")
    assert done.status == 1
    assert [row.rstrip() for row in done.out.splitlines()] == [
        f"refused  web -> {PLACE}",
        "with what access.yaml grants",
        "",
        "     step     asked for             found                           from",
        " " + "─" * 82,
        " ✓   caller   somebody known        spiffe://shop/web               access.yaml",
        f" ✗   scopes   all of orders.write   orders.read; not orders.write   orders.proto:{line('access: {scopes')}",
        "",
        "the caller gets PERMISSION_DENIED SCOPE_MISSING: spiffe://shop/web may not call",
        f"{PLACE}: its token lacks the scope orders.write",
    ]


async def test_a_rule_that_reads_the_request_asks_for_it_and_exits_with_2(explain):
    done = await explain("--from", "ann", "--to", "Get")
    assert done.status == 2
    assert done.out.startswith(f"depends  ann -> {GET}\n")
    assert "the rule reads the request: say --request JSON, or --request @FILE\n" in done.out


async def test_a_request_may_be_in_a_file(explain, shop):
    (shop / "request.json").write_text('{"buyer": "bob"}')
    done = await explain("--from", "ann", "--to", "Get", "--request", "@request.json", "-o", "json")
    assert (done.status, json.loads(done.out)["reason"]) == (1, "RULE_REFUSED")


async def test_anybody_may_call_what_is_public_and_nothing_else(explain):
    assert (await explain("--from", "anybody", "--to", "List")).status == 0
    done = await explain("--from", "anybody", "--to", "Place", "-o", "json")
    assert (done.status, json.loads(done.out)["reason"]) == (1, "PRINCIPAL_MISSING")


async def test_a_token_decides_by_its_claims_and_is_said_to_be_unchecked_without_keys(explain, shop):
    done = await explain("--token", written(shop, roles=["clerk"]), "--to", "Get", "-o", "json")
    said = json.loads(done.out)
    assert (done.status, said["from"]) == (0, "ann")
    assert said["basis"] == "by its token, whose signature was not checked"
    assert said["steps"][0]["what"] == "token"


async def test_a_token_is_checked_with_the_keys_given(explain, shop):
    done = await explain(
        "--token", written(shop, roles=["clerk"]), "--jwks", key_set(shop), "--to", "Get", "-o", "json"
    )
    assert (done.status, json.loads(done.out)["basis"]) == (0, "by its token")
    other = key_set(shop, Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    done = await explain("--token", "token", "--jwks", other, "--to", "Get", "-o", "json")
    assert (done.status, json.loads(done.out)["reason"]) == (1, "TOKEN_FOREIGN")


async def test_a_token_for_another_component_is_refused(explain, shop):
    done = await explain("--token", written(shop, aud="spiffe://shop/web"), "--to", "Place", "-o", "json")
    assert (done.status, json.loads(done.out)["reason"]) == (1, "TOKEN_AUDIENCE")


async def test_a_token_is_never_taken_from_the_command_line(explain, shop):
    text = (shop / written(shop)).read_text().strip()
    done = await explain("--token", text, "--to", "Get")
    assert (done.status, done.out) == (2, "")
    assert done.err == "a token is read from a file, or from standard input for -, never from the command line\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--from", "wbe", "--to", "Get"],
            "--from wbe: access.yaml has no such component or user; did you mean 'web'?",
        ),
        (["--from", "web", "--to", "Got"], f"Got: no such method; the nearest:\n  {GET}"),
        (["--to", "Get"], "who calls? say --from or --token"),
        (["--from", "web", "--to", "Get", "--jwks", "access.yaml"], "--jwks is for a token; say --token"),
        (
            ["--from", "web", "--to", "Get", "--request", '{"byer": ""}'],
            "--request: no shop.api.orders.v1.GetRequest: ",
        ),
        (["--token", "access.yaml", "--to", "Get"], "--token: not a token: "),
        (["--from", "web", "--to", "Get", "-f", "no.yaml"], "no.yaml: no such file or directory"),
    ],
)
async def test_a_wrong_question_exits_with_2_and_says_what_to_mend(explain, arguments: list[str], said: str):
    done = await explain(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(said)


async def test_a_token_of_somebody_else_is_not_taken_for_the_caller(explain, shop):
    done = await explain("--token", written(shop), "--from", "web", "--to", "Get")
    assert (done.status, done.err) == (2, "--from web: the token is that of ann; leave out one of the two\n")


async def test_the_matrix_shows_who_may_call_what(shop, trunkline):
    done = await trunkline("access", "matrix", "-o", "json")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == {
        "orders": {GET: "no", PLACE: "no", f"{GET[:-3]}List": "yes"},
        "web": {GET: "rule", PLACE: "no", f"{GET[:-3]}List": "yes"},
        "ann": {GET: "rule", PLACE: "no", f"{GET[:-3]}List": "yes"},
        "carl": {GET: "yes", PLACE: "no", f"{GET[:-3]}List": "yes"},
        "anybody": {GET: "no", PLACE: "no", f"{GET[:-3]}List": "yes"},
    }


async def test_the_matrix_is_drawn_with_a_column_for_each_caller(shop, trunkline):
    done = await trunkline("access", "matrix", COLUMNS="80")
    assert [row.rstrip() for row in done.out.splitlines()] == [
        "",
        " method         orders   web    ann    carl   anybody",
        " ────────────────────────────────────────────────────",
        " OrderService",
        "   Get            ·      rule   rule   yes       ·",
        "   Place          ·       ·      ·      ·        ·",
        "   List          yes     yes    yes    yes      yes",
        "",
        "rule: it depends on the call; `trunkline access explain` says on what",
    ]


def commit(folder: Path) -> None:
    """Commit all that lies in `folder`; make it a repository first where it is none."""
    who = ("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
    for step in (["init", "--initial-branch=main"], ["add", "--all"], ["commit", "--message=now"]):
        subprocess.run(["git", *who, *step], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def history(shop):
    """The mesh as it lies there, committed."""
    commit(shop)
    return shop


async def test_without_a_change_there_is_no_difference(history, trunkline):
    done = await trunkline("access", "matrix", "--diff", "HEAD")
    assert (done.status, done.out, done.err) == (0, "", "0 changes since HEAD\n")


async def test_what_a_change_of_access_file_and_contract_opens_and_closes_is_told(history, trunkline):
    (history / "access.yaml").write_text(
        ACCESS.replace("web: {scopes: [orders.read]}", "web: {scopes: [orders.write]}")
    )
    text = ORDERS.replace("access: {public: true}", 'access: {scopes: "orders.read"}')
    (history / "protos" / "orders.proto").write_text(text)
    done = await trunkline("access", "matrix", "--diff", "main", "-o", "json")
    assert (done.status, done.err) == (1, "5 changes since main\n")
    rule = "rule: request.buyer == claims.sub || 'clerk' in claims.roles"
    listed = [{"change": "closes", "to": f"{GET[:-3]}List", "before": "yes", "after": "no"}] * 3
    assert json.loads(done.out) == [
        {"change": "opens", "from": "web", "to": PLACE, "before": "no", "after": "yes"},
        {"change": "closes", "from": "web", "to": GET, "before": rule, "after": "no"},
        *({**one, "from": who} for one, who in zip(listed, ("orders", "web", "anybody"), strict=True)),
    ]


async def test_a_difference_is_drawn_with_what_opens_first(history, trunkline):
    (history / "access.yaml").write_text(ACCESS.replace("orders.read]}}\nu", "orders.read, orders.write]}}\nu"))
    done = await trunkline("access", "matrix", "--diff", "HEAD", COLUMNS="80")
    assert (done.status, done.err) == (1, "1 change since HEAD\n")
    assert [row.split() for row in done.out.splitlines() if "opens" in row] == [
        ["opens", "web", "OrderService/Place", "no", "yes"]
    ]


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", ""])
async def test_a_revision_that_is_not_there_is_said_so(history, trunkline, revision: str):
    done = await trunkline("access", "matrix", f"--diff={revision}")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("--diff: fatal: Needed a single revision")
    assert not (history / "x").exists()


async def test_a_mesh_file_named_by_its_whole_path_is_compared_with_its_own_past(history, trunkline):
    (history / "access.yaml").write_text(ACCESS.replace("ann: {scopes: [orders.read]}", "ann: {}"))
    done = await trunkline("access", "matrix", "--diff", "HEAD", "--file", str(history / "trunkline.yaml"))
    assert (done.status, done.err) == (1, "1 change since HEAD\n")


async def test_what_lies_elsewhere_has_no_past_to_compare_with(history, trunkline, tmp_path_factory):
    access = tmp_path_factory.mktemp("elsewhere") / "access.yaml"
    access.write_text(ACCESS)
    (history / "trunkline.yaml").write_text(f"access: {access}\n{MESH}")
    commit(history)
    done = await trunkline("access", "matrix", "--diff", "HEAD")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"at HEAD: {access} lies outside of this folder, so its past is not known\n"
