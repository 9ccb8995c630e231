"""A process whose disk fails for a while: writes past a file's bound raise an error that is not "full"."""

from __future__ import annotations

import asyncio
import resource
import sys

from trunkline import MeshError
from trunkline.clock import SystemClock
from trunkline.storage.sqlite import SqliteStore


def bound(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def outcome(wait) -> str:
    try:
        await wait
    except MeshError as error:
        return error.reason
    return "ok"


async def main(path: str) -> None:
    async with SqliteStore.open(path, clock=SystemClock()) as store:
        kv = store.bucket("b")
        await kv.put("a", b"1")
        bound(8_192)
        print(await outcome(kv.put("b", bytes(100_000))))
        print(await outcome(kv.get("a")))
        bound(resource.RLIM_INFINITY)
        print(await outcome(kv.put("b", bytes(100_000))))
        print((await kv.get("b")).revision)


asyncio.run(main(sys.argv[1]))
