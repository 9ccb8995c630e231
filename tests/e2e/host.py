"""Serves echo until standard input closes. Its first line says where, and a token for it; the argument its limits."""

from __future__ import annotations

import asyncio
import json
import sys

from echo import Generating

from trunkline.config import Limits
from trunkline.telemetry.logs import configure
from trunkline.testing import Loopback


async def main() -> None:
    configure(level="info", format="json", component="echo")
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()], limits=Limits(**json.loads(sys.argv[1])))
        member = await loopback.client("member", scopes=["echo.use"])
        token = await member._membership.tokens.fetch("echo")
        print(json.dumps({"address": loopback.address("echo"), "token": token}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
