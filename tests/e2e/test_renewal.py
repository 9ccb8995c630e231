"""Certificates that are renewed on disk below a mesh that runs, with tokens that are good with them alone."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import yaml
from documents import ROOT
from upright import upright

from campus.api.accounts.v1.accounts_pb2 import GetUserRequest, RegisterUserRequest
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.progress.v1.progress_pb2 import GetProgressRequest
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from trunkline import Mesh, MeshError, SyncMesh
from trunkline.api.entities.v1.user_pb2 import User
from trunkline.certificates.authority import Authority
from trunkline.certificates.disk import write_file
from trunkline.config import load_mesh_file, settings_for

ADA = "11111111-1111-4111-8111-111111111111"
NAMES = ("backbone", "accounts", "progress", "journey")


@pytest.fixture
async def mesh(tmp_path):
    """The backbone, accounts, and progress that calls accounts, as `up` starts them; certificates are soon taken up."""
    whole = yaml.safe_load((ROOT / "trunkline.yaml").read_text(encoding="utf-8"))
    whole["settings"]["tls"] |= {"reload": 0.1, "bind_tokens": True}
    whole["backbone"]["address"] = "127.0.0.1:0"
    for component in whole["components"].values():
        if "address" in component:
            component["address"] = "127.0.0.1:0"
    del whole["components"]["activity"]
    whole["components"]["journey"]["needs"].remove("activity")
    (tmp_path / "trunkline.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    access = yaml.safe_load((ROOT / "access.yaml").read_text(encoding="utf-8"))
    del access["components"]["activity"]
    (tmp_path / "access.yaml").write_text(yaml.safe_dump(access), encoding="utf-8")
    async with upright(tmp_path) as up:
        yield up


def renew(mesh) -> None:
    """Give everybody other certificates of the same authority, as `up` and cert-manager do."""
    tls = mesh.folder / ".trunkline" / "tls"
    authority = Authority.open(tls, "campus", dt.datetime.now(dt.UTC))
    for name in NAMES:
        key, certificate = authority.issue(f"spiffe://campus/{name}")
        write_file(tls / name / "tls.key", key, mode=0o600)
        write_file(tls / name / "tls.crt", certificate, mode=0o644)


async def test_no_call_fails_while_everybody_gets_new_certificates_and_tokens_are_bound_to_them(mesh):
    failed = []
    async with Mesh.open(settings_for(load_mesh_file(mesh.file), "journey")) as own:
        await AccountsServiceStub(own.channel).RegisterUser(RegisterUserRequest(user=User(user_id=ADA, username="ada")))
        progress = ProgressServiceStub(own.channel)
        request = GetProgressRequest(user_id=ADA, code_module="AAA", code_presentation="2013J")

        async def call():
            # progress asks accounts in its own name, so this goes over every connection that is renewed
            try:
                await progress.GetProgress(request)
            except MeshError as error:
                if error.reason != "NO_RESULT":
                    failed.append(error)

        endpoint = own._network.routes.component("progress").endpoints[0]
        for _ in range(3):
            before, calls = endpoint.channel, 0
            renew(mesh)
            while endpoint.channel is before or calls < 400:
                await asyncio.gather(*(call() for _ in range(4)))
                calls += 4
    assert failed == []


async def test_a_thread_takes_up_new_certificates_with_tokens_that_are_bound_to_them(mesh):
    settings = settings_for(load_mesh_file(mesh.file), "journey")
    soon = settings.model_copy(update={"tls": settings.tls.model_copy(update={"reload": 1e-9})})

    def script():
        with SyncMesh(soon) as own:
            accounts = AccountsServiceStub(own.channel)
            accounts.RegisterUser(RegisterUserRequest(user=User(user_id=ADA, username="ada")))
            renew(mesh)
            return accounts.GetUser(GetUserRequest(user_id=ADA)).user.username

    assert await asyncio.to_thread(script) == "ada"
