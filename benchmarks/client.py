"""The client process of one contestant: `client.py NAME FOLDER ADDRESS`, told what to do on stdin."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import grpc
from contestants import contestant
from contestants.accounts import REQUEST, RESPONSE
from frame.commands import cpu, obey, take_stdout
from frame.load import flood, one_by_one

from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub


async def stranger(address: str) -> str:
    """Make the call with no token and return the name of the code it ends with."""
    async with grpc.aio.insecure_channel(address) as channel:
        call = AccountsServiceStub(channel).GetUser(REQUEST)
        return (await call.code()).name


async def main(name: str, folder: Path, address: str) -> None:
    answers = take_stdout()
    async with contestant(name).connect(folder, address) as calling:

        async def check() -> bool:
            return await calling.call() == RESPONSE

        async def load(calls: int, in_flight: int) -> float:
            return await flood(calling.call, calls=calls, in_flight=in_flight)

        async def serial(calls: int) -> list[float]:
            return await one_by_one(calling.call, calls=calls)

        async def refused() -> str:
            return await stranger(address)

        async def counts() -> dict[str, int]:
            return calling.counts()

        commands = {"check": check, "load": load, "serial": serial, "refused": refused, "counts": counts, "cpu": cpu}
        await obey(answers, commands)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
