"""What nothing starts with: one line that names the file, exit status 2, and no traceback."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import grpc_tools
import pytest
from documents import ROOT
from grpc_tools import protoc
from upright import outer

MESH = """\
mesh: shop
access: access.yaml
backbone: {address: "127.0.0.1:BACKBONE"}
components:
  orders: {run: "app:main", address: "127.0.0.1:ORDERS"}
"""
ACCESS = """\
components:
  orders: {scopes: [orders.read]}
"""
APP = """\
async def main(mesh):
    await mesh.serve()
"""
HOSTING = """\
from shop.orders_pb2_grpc import OrderServiceServicer


class Orders(OrderServiceServicer):
    async def Get(self, request, context): ...


async def main(mesh):
    await mesh.serve(Orders())
"""
CONTRACT = """\
syntax = "proto3";
package shop.v1;
import "trunkline/api/policy/v1/policy.proto";
service OrderService {
  rpc Get(GetRequest) returns (GetResponse) {
    option (trunkline.api.policy.v1.method) = {access: {scopes: "orders.read", rule: "request.byer == claims.sub"}};
  }
}
message GetRequest { string buyer = 1; }
message GetResponse {}
"""
ROOTS = [ROOT / "protos", ROOT / "protos" / "third_party", Path(grpc_tools.__file__).parent / "_proto"]


@pytest.fixture
def folder(tmp_path):
    """A mesh in which nothing is wrong yet."""
    (tmp_path / "trunkline.yaml").write_text(MESH.replace("BACKBONE", "0").replace("ORDERS", "0"))
    (tmp_path / "access.yaml").write_text(ACCESS)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


@pytest.fixture
def contract(folder):
    """A contract whose rule does not type-check, and a component that serves it."""
    text = (folder / "trunkline.yaml").read_text()
    (folder / "trunkline.yaml").write_text(
        text.replace('"app:main"', '"hosting:main", services: [shop.v1.OrderService]')
    )
    (folder / "hosting.py").write_text(HOSTING)
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / "orders.proto").write_text(CONTRACT)
    out = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
    assert protoc.main(["", *(f"-I{root}" for root in (folder, *ROOTS)), *out, "shop/orders.proto"]) == 0


async def ended(folder, verb: str) -> str:
    """Run `verb` there until it ends, which it does with 2; return what it says on stderr."""
    if verb == "serve":  # alone it takes no port 0, and it binds none before it knows that it can start
        (folder / "trunkline.yaml").write_text(MESH.replace("BACKBONE", "1").replace("ORDERS", "2"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", verb),
        cwd=folder,
        env=outer() | {"COLUMNS": "100"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b""), err.decode()
    assert b"Traceback" not in err
    return err.decode()


BOTH = pytest.mark.parametrize("verb", ["up", "serve"])


@BOTH
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("components:\n  orders: {scops: [orders.read]}\n", "2: components.orders.scops: no such key; did you mean"),
        ("components:\n  ordres: {}\n", "2: components.ordres: trunkline.yaml has no component 'ordres'; did you mean"),
        (
            "components:\n  orders: {scopes: [Orders Read]}\n",
            "2: components.orders.scopes[0]: 'Orders Read' is not a sc",
        ),
        ("components: [\n", "2: not valid YAML: "),
    ],
)
async def test_a_broken_access_file_is_named_with_its_line(folder, verb, wrong, said):
    (folder / "access.yaml").write_text(wrong)
    assert (await ended(folder, verb)).startswith(f"access.yaml:{said}")


@BOTH
@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("no key", 0o600, "KEY_INVALID: master key {path} must be 32 bytes in base64"),
        ("A" * 43 + "=", 0o644, "KEY_EXPOSED: master key {path} is open to every user: run chmod 600 "),
        (None, 0o700, "KEY_UNREADABLE: master key {path}: Is a directory"),
    ],
)
async def test_a_master_key_that_cannot_be_used_is_named_by_its_file(folder, verb, content, mode, said):
    path = folder / ".trunkline" / "master.key"
    path.parent.mkdir()
    path.mkdir() if content is None else path.write_text(content)
    path.chmod(mode)
    assert said.format(path=path) in await ended(folder, verb)


async def test_an_authority_that_cannot_be_read_is_named_by_its_file(folder):
    text = (folder / "trunkline.yaml").read_text()
    (folder / "trunkline.yaml").write_text(f"{text}settings: {{tls: {{mode: mutual}}}}\n")
    tls = folder / ".trunkline" / "tls"
    tls.mkdir(parents=True)
    for name in ("ca.key", "ca.crt"):
        (tls / name).touch(mode=0o600)
    err = await ended(folder, "up")
    assert err == f"tls: {tls / 'ca.key'} holds no private key in PEM without a password; nothing was started\n"


async def test_a_rule_that_does_not_type_check_is_named_by_contract_and_method(folder, contract):
    err = await ended(folder, "up")
    refused = (
        "orders   | FAILED_PRECONDITION CONTRACT: shop/orders.proto: shop.v1.OrderService/Get: access.rule does not "
    )
    assert f"{refused}compile: at 1:8, undefined field 'byer' not found in struct 'shop.v1.GetRequest'" in err
