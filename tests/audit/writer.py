"""A process that writes to an audit log without end, and prints each number once it is acknowledged."""

import asyncio
import sys
from pathlib import Path

from trunkline.audit.log import AuditLog
from trunkline.audit.model import Event
from trunkline.clock import SystemClock


async def main(folder: Path) -> None:
    async with AuditLog.open(folder, component="accounts", clock=SystemClock()) as audit:

        async def write(first: int) -> None:
            for number in range(first, 10**9, 8):
                await audit.write(Event(kind="token.issue", outcome="granted", who=f"caller-{number}"))
                sys.stdout.write(f"caller-{number}\n")
                sys.stdout.flush()

        await asyncio.gather(*(write(first) for first in range(8)))


asyncio.run(main(Path(sys.argv[1])))
