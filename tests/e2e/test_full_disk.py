"""A disk that is full below a mesh that runs: what is promised then, and that room alone mends it."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager, suppress

import pytest
import pytest_asyncio
from upright import upright

from trunkline import Mesh, ResourceExhausted
from trunkline.api.identity.v1.administration_pb2 import ListKeysRequest
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub
from trunkline.config import load_mesh_file, settings_for

MESH = """\
mesh: shop
data_dir: .trunkline
backbone: {address: "127.0.0.1:0", settings: {audit: {folder: log}}}
settings: {drain: {delay: 0}}
components:
  reader: {}
  operator: {}
"""
ACCESS = """\
components:
  operator: {scopes: [identity.read, identity.revoke, identity.keys, identity.credentials]}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh(tmp_path_factory):
    """A mesh with a small disk for its store, and another for its audit log."""
    folder = tmp_path_factory.mktemp("mesh")
    (folder / "trunkline.yaml").write_text(f"{MESH}access: access.yaml\n")
    (folder / "access.yaml").write_text(ACCESS)
    with disk(folder / ".trunkline", "8m"), disk(folder / "log", "1m"):
        async with upright(folder) as up:
            yield up


@contextmanager
def disk(folder, size: str):
    """A disk of that size at `folder`."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"NO DISK CAN BE FILLED, AS NONE CAN BE MOUNTED HERE: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def full(folder):
    """No byte more goes to that disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


async def fill_page(mesh) -> None:
    """Have records written until not one more goes into what the log has of the disk already."""
    async with Mesh.open(settings_for(load_mesh_file(mesh.file), "operator")) as own:
        admin = IdentityAdminServiceStub(own.channel)
        with suppress(ResourceExhausted):
            while True:
                await admin.ListKeys(ListKeysRequest())


async def token_of_reader(mesh) -> str:
    """A token of the reader in the file `token`; returns its id."""
    script = "trunkline token issue -c reader -a backbone > token; trunkline token inspect token | sed -n 's/^id *//p'"
    status, out, err = await mesh.shell(script)
    assert status == 0, err
    return out.strip()


async def active(mesh) -> bool:
    status, _, _ = await mesh.shell("trunkline token inspect token --online")
    return status == 0


@pytest.mark.asyncio(loop_scope="module")
async def test_without_room_for_the_record_nobody_gets_a_token_and_none_is_said_to_be_revoked(mesh):
    jti = await token_of_reader(mesh)
    with full(mesh.folder / "log"):
        await fill_page(mesh)
        status, out, err = await mesh.shell("trunkline token issue -c reader -a backbone")
        assert (status, out) == (1, "")
        assert "RESOURCE_EXHAUSTED AUDIT_FULL: what was asked for may stand, but is not on record: no space is " in err
        status, out, err = await mesh.shell(f"trunkline token revoke --jti {jti}")
        assert (status, out, "AUDIT_FULL" in err) == (1, "", True)
    status, out, err = await mesh.shell(f"trunkline token revoke --jti {jti}")
    assert (status, out.startswith(f"revoked the token {jti}")) == (0, True), err
    assert not await active(mesh)


@pytest.mark.asyncio(loop_scope="module")
async def test_without_room_in_the_store_nothing_is_said_to_be_done_and_room_is_all_it_needs(mesh):
    jti = await token_of_reader(mesh)
    with full(mesh.folder / ".trunkline"):
        for verb in ("token issue -c reader -a backbone", f"token revoke --jti {jti}", "keys rotate"):
            status, out, err = await mesh.shell(f"trunkline {verb}")
            assert (status, out, "RESOURCE_EXHAUSTED STORE_FULL" in err) == (1, "", True), err
    assert await active(mesh)
    status, out, err = await mesh.shell(f"trunkline token revoke --jti {jti}")
    assert (status, out.startswith(f"revoked the token {jti}")) == (0, True), err
    assert not await active(mesh)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_log_is_whole_after_all_of_it(mesh):
    status, _, err = await mesh.shell("trunkline audit verify log")
    assert (status, "records are whole" in err) == (0, True), err
