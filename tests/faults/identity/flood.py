"""Ten thousand tokens with keys nobody knows: they cost the backbone nothing, and the callers next to nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections import Counter
from typing import TYPE_CHECKING

from faults.identity.figure import Figure
from faults.identity.load import Tally, load
from faults.identity.pace import ticks
from faults.identity.town import refusal, town

from trunkline.api.diagnostics.v1 import diagnostics_pb2
from trunkline.api.diagnostics.v1.diagnostics_pb2_grpc import DiagnosticsServiceStub
from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub

if TYPE_CHECKING:
    from pathlib import Path

    from faults.identity.town import Town

TOKENS, FLOOD = 10_000, 500.0
RATE, SECONDS = 100.0, TOKENS / FLOOD
COOLDOWN = 10.0


async def flood(folder: Path) -> list[Figure]:
    """Count key fetches during a flood, and compare the callers' 99th percentile with that of a calm time."""
    async with town(folder / "flood", {"identity": {"refusals": "100/minute"}}) as there:
        echo = EchoServiceStub(there.caller.channel)
        calm, wild, reasons = Tally(), Tally(), Counter[str]()

        async def calls(tally: Tally) -> None:
            await load(lambda: echo.Echo(pb.EchoRequest(text="x")), rate=RATE, seconds=SECONDS, tally=tally)

        await calls(calm)
        before = await _fetches(there)
        await asyncio.gather(calls(wild), _flood(there, reasons))
        fetches = await _fetches(there) - before
    allowed = int(SECONDS / COOLDOWN) + 1
    ratio = wild.percentile(0.99) / calm.percentile(0.99)
    failed = sum(wild.failed.values())
    let_in = reasons[""]
    p99 = f"{calm.percentile(0.99):.1f} ms calm, {wild.percentile(0.99):.1f} ms flooded at {FLOOD:g}/s"
    return [
        Figure("flood", f"key fetches in {SECONDS:g} s", f"<= {allowed}", f"{fetches}", fetches <= allowed),
        Figure("flood", "p99 of valid calls beside a calm time", "<= 2x", f"{ratio:.2f}x", ratio <= 2.0, p99),
        Figure("flood", "valid calls failed", "0", f"{failed}", not failed, f"{wild.sent:,} calls"),
        Figure("flood", "tokens let in", "0", f"{let_in}", not let_in, f"{dict(reasons)}"),
    ]


async def _flood(there: Town, reasons: Counter[str]) -> None:
    async def one() -> None:
        reasons[await refusal(there.instances[0], unknown())] += 1

    async with asyncio.TaskGroup() as group:
        async for _ in ticks(FLOOD, SECONDS):
            group.create_task(one())


async def _fetches(there: Town) -> int:
    stub = DiagnosticsServiceStub(there.operator.component("backbone"))
    answer = await stub.GetCalls(diagnostics_pb2.GetCallsRequest())
    return sum(row.count for row in answer.calls if row.method.endswith("/WatchKeys"))


def unknown() -> str:
    """Return a token that is well formed and names a key of its own making."""
    header = {"alg": "EdDSA", "kid": secrets.token_urlsafe(32), "typ": "at+jwt"}
    return f"{_segment(json.dumps(header).encode())}.{_segment(b'{}')}.{_segment(secrets.token_bytes(64))}"


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
