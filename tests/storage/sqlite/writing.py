"""A process that writes until it is killed: prints each key and its revision once it is acknowledged."""

from __future__ import annotations

import asyncio
import sys

from trunkline.clock import SystemClock
from trunkline.storage.ports import Write
from trunkline.storage.sqlite import SqliteStore


async def write(kv, name: str) -> None:
    number = 0
    while True:
        key = f"{name}/{number}"
        revision = await kv.commit([Write(f"{key}/a", key.encode()), Write(f"{key}/b", key.encode())])
        print(key, revision, flush=True)
        number += 1


async def main(path: str, name: str) -> None:
    async with SqliteStore.open(path, clock=SystemClock()) as store:
        kv = store.bucket("b")
        await asyncio.gather(*(write(kv, f"{name}/{one}") for one in range(16)))


asyncio.run(main(*sys.argv[1:]))
