"""The server process of one contestant: `server.py NAME FOLDER`, told what to do on stdin."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from contestants import contestant
from frame.commands import cpu, obey, take_stdout


async def main(name: str, folder: Path) -> None:
    answers = take_stdout()
    async with contestant(name).serve(folder) as serving:

        async def address() -> str:
            return serving.address

        async def counts() -> dict[str, int]:
            return serving.counts()

        await obey(answers, {"address": address, "cpu": cpu, "counts": counts})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
