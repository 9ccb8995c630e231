"""The client in Node against a real mesh: the backbone and accounts of campus, as `trunkline up` starts them."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from documents import ROOT
from upright import upright

from campus.api.accounts.v1.accounts_pb2 import RegisterUserRequest
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from trunkline import Mesh
from trunkline.api.entities.v1.user_pb2 import User
from trunkline.config import load_mesh_file, settings_for

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "node-client"
ADA = "11111111-1111-4111-8111-111111111111"
NOBODY = "22222222-2222-4222-8222-222222222222"
OFFLINE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED)\b")

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="session")
def installed(tmp_path_factory, worker_id) -> Path:
    """The example with what it needs, beside the contracts; once for all workers that come later."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "node"
    if not shared.exists():
        own = base / "installing"
        folder = own / "examples" / "node-client"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules"))
        (own / "protos").symlink_to(ROOT / "protos")
        done = subprocess.run(["npm", "ci"], cwd=folder, capture_output=True, text=True, timeout=150, check=False)
        if done.returncode and OFFLINE.search(done.stderr):
            pytest.skip(f"npm reaches no registry: {done.stderr.splitlines()[0]}")
        assert done.returncode == 0, done.stderr
        try:
            own.rename(shared)
        except OSError:
            assert shared.exists()  # another worker was faster
    return shared / "examples" / "node-client"


@pytest.fixture(params=["mutual", "none"])
async def mesh(tmp_path, request):
    """The mesh file of a backbone and accounts that run, with one user in it: under TLS, and in plain text."""
    whole = yaml.safe_load((ROOT / "trunkline.yaml").read_text(encoding="utf-8"))
    whole["settings"]["tls"]["mode"] = request.param
    whole["backbone"]["address"] = whole["components"]["accounts"]["address"] = "127.0.0.1:0"
    for name, component in whole["components"].items():
        if name != "accounts":
            component.pop("run", None)
    (tmp_path / "trunkline.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    (tmp_path / "access.yaml").write_text((ROOT / "access.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    async with upright(tmp_path) as up:
        mesh = load_mesh_file(up.file)
        async with Mesh.open(settings_for(mesh, "journey")) as own:
            user = User(user_id=ADA, username="ada")
            await AccountsServiceStub(own.channel).RegisterUser(RegisterUserRequest(user=user))
        yield mesh


async def run(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *("node", "client.js", *arguments), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def arguments(mesh, user_id: str, component: str = "journey") -> list[str]:
    """What the client is told of `mesh`, as `component`."""
    endpoints = mesh.endpoints()
    places = ["--backbone", endpoints["backbone"][0], "--accounts", endpoints["accounts"][0]]
    who = ["--component", component, "--secret", str(mesh.folder / "secrets" / component)]
    settings = settings_for(mesh, component)
    mutual = ["--tls", str(settings.tls.folder or mesh.folder / "tls" / component)]
    return [*places, *who, *(mutual if settings.tls.mode == "mutual" else ["--plaintext"]), user_id]


async def test_it_prints_the_user_it_asked_for(installed, mesh):
    assert await run(installed, *arguments(mesh, ADA)) == (0, f"{ADA} ada\n", "")


async def test_it_names_the_reason_of_an_error_and_who_raised_it(installed, mesh):
    status, out, err = await run(installed, *arguments(mesh, NOBODY))
    assert (status, out) == (1, "")
    assert err.startswith("NOT_FOUND USER_NOT_FOUND from accounts: ")


async def test_a_secret_of_somebody_else_is_refused_by_the_backbone(installed, mesh):
    (mesh.folder / "secrets" / "journey").write_text("x" * 43)
    status, _, err = await run(installed, *arguments(mesh, ADA))
    assert status == 1
    assert err.startswith("UNAUTHENTICATED CREDENTIALS_REFUSED from backbone: ")


@pytest.mark.parametrize("mesh", ["mutual"], indirect=True)
async def test_without_a_certificate_of_the_mesh_nobody_answers_it(installed, mesh):
    plain = [*arguments(mesh, ADA)]
    at = plain.index("--tls")
    plain[at : at + 2] = ["--plaintext"]
    status, out, err = await run(installed, *plain)
    assert (status, out, "UNAVAILABLE" in err) == (1, "", True)


async def test_a_wrong_command_line_is_answered_with_the_right_one(installed):
    status, out, err = await run(installed, "--secret", "file", ADA)
    assert (status, out, err.startswith("usage: node client.js ")) == (2, "", True)


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (EXAMPLE / "package-lock.json").read_text(encoding="utf-8")
