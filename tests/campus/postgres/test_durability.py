from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select

from campus.activity.model import Session, Status, Submission, Totals
from campus.activity.store import Sessions
from campus.activity.table import submissions
from trunkline import Unavailable

SESSION = Session(*(str(uuid.UUID(int=n)) for n in (1, 2)), "AAA", "2013J", Status.ACTIVE, None, 0, 0)
ENOUGH = 500


def new() -> Submission:
    return Submission(str(uuid.uuid4()), SESSION.session_id, "1752", 10.0, 78.0, False, 18)


@pytest.fixture
async def instances(postgres_url):
    """Two instances of activity on one database."""
    async with AsyncExitStack() as stack:
        instances = [await stack.enter_async_context(Sessions.open(postgres_url)) for _ in range(2)]
        await instances[0].add(SESSION)
        yield instances


async def test_a_killed_server_has_lost_nothing_it_acknowledged_and_counts_nothing_twice(postgres, instances):
    asked, acknowledged, enough = [], [], asyncio.Event()

    async def hand_in_until_it_fails(sessions):
        while True:
            asked.append(new())
            mine = asked[-1]
            await sessions.take_in(mine, at=1)
            acknowledged.append(mine.submission_id)
            if len(acknowledged) >= ENOUGH:
                enough.set()

    writers = [asyncio.create_task(hand_in_until_it_fails(instances[n % 2])) for n in range(32)]
    await enough.wait()
    postgres.kill()
    try:
        endings = await asyncio.gather(*writers, return_exceptions=True)
    finally:
        postgres.start()
    assert {type(ending) for ending in endings} == {Unavailable}
    stored = {row.submission_id for row in await instances[0]._database.rows(select(submissions))}
    assert set(acknowledged) <= stored <= {one.submission_id for one in asked}

    kept = await asyncio.gather(*[sessions.take_in(one, at=2) for one in asked for sessions in instances])
    assert sum(one.created for one in kept) == len(asked) - len(stored)
    assert await instances[1].totals() == [Totals("AAA", "2013J", 1, 1, 0, 0, len(asked))]


async def test_of_the_same_handed_in_to_two_instances_at_once_each_is_created_once(instances):
    work = [new() for _ in range(200)]
    kept = await asyncio.gather(*[sessions.take_in(one, at=1) for one in work for sessions in instances for _ in "ab"])
    assert sum(one.created for one in kept) == len(work)
    assert {one.record for one in kept} == set(work)
    assert await instances[0].totals() == [Totals("AAA", "2013J", 1, 1, 0, 0, len(work))]
