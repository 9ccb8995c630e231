"""Keys rotate ten times under load, and nobody notices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from faults.identity.figure import Figure
from faults.identity.load import Tally, load
from faults.identity.pace import after
from faults.identity.town import town

from trunkline.api.identity.v1 import administration_pb2 as admin
from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub

if TYPE_CHECKING:
    from pathlib import Path

    from faults.identity.town import Town

ROTATIONS = 10
RATE = 200.0
CACHE_LIFE = 0.5
# Tokens live so short that the caller has several of each key.
LIFETIME = 2
SETTINGS = {"identity": {"lifetime": LIFETIME, "leeway": 1, "rotation": {"cache_life": CACHE_LIFE}}}


async def rotation(folder: Path) -> list[Figure]:
    """Count the calls that failed while keys rotated, and the keys that signed."""
    tally = Tally()
    async with town(folder / "rotation", SETTINGS) as there:
        echo = EchoServiceStub(there.caller.channel)
        rotating = asyncio.create_task(_rotate(there))
        while not rotating.done():
            await load(lambda: echo.Echo(pb.EchoRequest(text="x")), rate=RATE, seconds=1.0, tally=tally)
        keys = await rotating
    failed = sum(tally.failed.values())
    note = f"{tally.sent:,} calls at {RATE:g}/s, {keys} keys signed" + (f"; {dict(tally.failed)}" if failed else "")
    return [Figure("rotation", f"calls refused in {ROTATIONS} rotations", "0", f"{failed}", not failed, note)]


async def _rotate(there: Town) -> int:
    signed = set()
    for _ in range(ROTATIONS):
        kid = (await there.admin.RotateKeys(admin.RotateKeysRequest())).key.kid
        while kid not in signed:
            await after(0.1)
            keys = (await there.admin.ListKeys(admin.ListKeysRequest())).keys
            signed |= {key.kid for key in keys if key.state == admin.KEY_STATE_ACTIVE}
    return len(signed)
