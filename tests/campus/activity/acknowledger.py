"""Takes in submissions without end, 32 at a time, and prints the id of each once it is acknowledged."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid

from campus.activity.model import Session, Status, Submission
from campus.activity.store import Sessions

SESSION = "00000000-0000-4000-8000-000000000000"


async def keep_on(sessions: Sessions) -> None:
    while True:
        submission = Submission(str(uuid.uuid4()), SESSION, "1752", 10.0, 78.0, False, 18)
        await sessions.take_in(submission, at=1)
        os.write(sys.stdout.fileno(), f"{submission.submission_id}\n".encode())


async def main(url: str) -> None:
    async with Sessions.open(url) as sessions:
        await sessions.add(Session(SESSION, SESSION, "AAA", "2013J", Status.ACTIVE, None, 0, 0))
        await asyncio.gather(*[keep_on(sessions) for _ in range(32)])


asyncio.run(main(sys.argv[1]))
