from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from campus.activity.store import Sessions
from campus.activity.table import submissions

ENOUGH = 500


async def acknowledged_before_kill(url: str) -> list[str]:
    program = Path(__file__).with_name("acknowledger.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        program,
        url,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    lines = [await process.stdout.readline() for _ in range(ENOUGH)]
    process.kill()
    lines += (await process.stdout.read()).splitlines()
    assert await process.wait() == -9
    return [line.decode().strip() for line in lines]


@pytest.mark.parametrize("killing", ["first", "second"])
async def test_a_killed_process_has_lost_nothing_it_acknowledged(url, killing):
    acknowledged = await acknowledged_before_kill(url)
    if killing == "second":
        acknowledged += await acknowledged_before_kill(url)
    assert len(set(acknowledged)) == len(acknowledged) >= ENOUGH
    async with Sessions.open(url) as sessions:
        stored = {row.submission_id for row in await sessions._database.rows(select(submissions))}
    assert set(acknowledged) - stored == set()
