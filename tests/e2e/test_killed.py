"""A backbone that is killed has kept every promise it made."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from contextlib import asynccontextmanager

import grpc
import pytest

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub
from trunkline.api.identity.v1.identity_pb2 import BootstrapSecret, IssueTokenRequest, RefreshTokenRequest
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub

BACKBONE = """
import asyncio, json, logging, sys
from trunkline.app import serve_backbone
from trunkline.config import Settings

logging.basicConfig(level=logging.INFO)
asyncio.run(serve_backbone(Settings(**json.loads(sys.argv[1]))))
"""
SECRET = "the-bootstrap-secret-of-the-operator"
SCOPES = ["identity.read", "identity.revoke", "identity.keys", "identity.credentials"]


class Killable:
    """A backbone in a process of its own, over data that outlives it."""

    def __init__(self, folder):
        self.settings = {
            "component": "backbone",
            "mesh": "campus",
            "listen": "127.0.0.1:0",
            "data_dir": str(folder),
            "grants": {"operator": {"scopes": SCOPES}, "accounts": {}},
            "identity": {"rotation": {"cache_life": 0.0}},
        }

    @asynccontextmanager
    async def running(self):
        """Run it, yield stubs of its two services, and kill it at the end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            BACKBONE,
            json.dumps(self.settings),
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            port = await _port(process.stderr)
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield IdentityServiceStub(channel), IdentityAdminServiceStub(channel)
                process.kill()
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


async def _port(stream) -> str:
    said = b""
    while line := await stream.readline():
        said += line
        if found := re.search(rb"serving on port (\d+)", line):
            return found[1].decode()
    raise AssertionError(said.decode())


@pytest.fixture
def place(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "operator").write_text(SECRET)
    return Killable(tmp_path)


async def issued(identity, audience="backbone", **more):
    request = IssueTokenRequest(
        audience=audience, bootstrap=BootstrapSecret(component="operator", secret=SECRET), **more
    )
    return await identity.IssueToken(request, wait_for_ready=True)


async def bearer(identity) -> list:
    return [("authorization", f"Bearer {(await issued(identity)).token.access_token}")]


async def test_what_was_revoked_stays_so(place):
    async with place.running() as (identity, admin):
        stolen = (await issued(identity, "accounts")).token
        await admin.RevokeToken(pb.RevokeTokenRequest(jti=stolen.jti), metadata=await bearer(identity))
    async with place.running() as (identity, admin):
        request = pb.IntrospectTokenRequest(token=stolen.access_token)
        answer = await admin.IntrospectToken(request, metadata=await bearer(identity))
        assert not answer.active


async def test_tokens_keys_and_refresh_tokens_outlive_it(place):
    async with place.running() as (identity, admin):
        first = await issued(identity, "accounts", refreshable=True)
        await admin.RotateKeys(pb.RotateKeysRequest(), metadata=await bearer(identity))
        keys = await admin.ListKeys(pb.ListKeysRequest(), metadata=await bearer(identity))
    async with place.running() as (identity, admin):
        known = await bearer(identity)
        assert await admin.ListKeys(pb.ListKeysRequest(), metadata=known) == keys
        request = pb.IntrospectTokenRequest(token=first.token.access_token)
        assert (await admin.IntrospectToken(request, metadata=known)).active
        second = await identity.RefreshToken(RefreshTokenRequest(refresh_token=first.refresh_token))
        assert second.refresh_token


async def test_a_secret_it_has_acknowledged_is_good_after_it(place):
    async with place.running() as (identity, admin):
        kind = pb.CREDENTIAL_KIND_API_KEY
        made = await admin.AddCredential(pb.AddCredentialRequest(name="ci", kind=kind), metadata=await bearer(identity))
    async with place.running() as (identity, _):
        request = IssueTokenRequest(audience="accounts", api_key={"key": made.secret})
        assert (await identity.IssueToken(request, wait_for_ready=True)).token.jti


async def test_it_does_not_start_with_another_master_key(place, tmp_path):
    async with place.running() as (identity, _):
        await issued(identity)
    (tmp_path / "master.key").write_text("A" * 43 + "=")
    with pytest.raises(AssertionError, match=r"MASTER_KEY_DIFFERS.*master\.key"):
        async with place.running():
            pass
