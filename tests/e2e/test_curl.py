"""What somebody sees who looks at a server with a tool of the shelf."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
from echo import SERVICE, Generating
from google.rpc.error_details_pb2 import ErrorInfo

from trunkline.contract.load import buf_program
from trunkline.testing import Loopback

BUF = buf_program()
DIAGNOSTICS = "trunkline.api.diagnostics.v1.DiagnosticsService/GetInstance"

pytestmark = pytest.mark.skipif(BUF is None, reason="buf is not installed")


@pytest.fixture
async def curl(tmp_path):
    """Ask a server by `buf curl`: a path of it, and options before that."""
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()])

        async def curl(path, *options):
            process = await asyncio.create_subprocess_exec(
                *(BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *options),
                f"http://{loopback.address('echo')}{path}",
                cwd=tmp_path,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await process.communicate()
            return process.returncode, out.decode(), err.decode()

        yield curl


async def test_buf_lists_every_method(curl):
    status, out, err = await curl("", "--list-methods")
    assert status == 0, err
    assert {f"{SERVICE}/Echo", DIAGNOSTICS, "grpc.health.v1.Health/Check"} <= set(out.split())


async def test_a_call_without_a_token_is_refused_with_its_reason(curl):
    status, out, err = await curl(f"/{DIAGNOSTICS}", "-d", "{}")
    assert (status, out) == (16 << 3, "")
    refusal = json.loads(err)
    assert refusal["code"] == "unauthenticated"
    detail = refusal["details"][0]
    assert detail["type"] == "google.rpc.ErrorInfo"
    value = detail["value"]
    info = ErrorInfo.FromString(base64.b64decode(value + "=" * (-len(value) % 4)))
    assert (info.reason, info.domain) == ("TOKEN_MISSING", "echo")
