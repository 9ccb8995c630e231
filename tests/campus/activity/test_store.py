from __future__ import annotations

import asyncio
from dataclasses import fields, replace

import pytest

from campus.activity.model import FinalResult, Session, Status, Submission, Totals
from campus.activity.store import Sessions
from campus.activity.table import sessions as session_table
from campus.activity.table import submissions as submission_table


def session(number: int, *, user: int = 1, module: str = "AAA", **changes: object) -> Session:
    ids = f"00000000-0000-4000-8000-{number:012}", f"00000000-0000-4000-9000-{user:012}"
    return replace(Session(*ids, module, "2013J", Status.ACTIVE, None, 100, 100), **changes)


def submission(number: int, of: Session, **changes: object) -> Submission:
    plain = Submission(f"00000000-0000-4000-a000-{number:012}", of.session_id, "1752", 10.0, 78.0, False, 18)
    return replace(plain, **changes)


@pytest.mark.parametrize(("table", "record"), [(session_table, Session), (submission_table, Submission)])
def test_a_row_has_the_fields_of_its_record_in_their_order(table, record):
    assert [column.name for column in table.columns] == [field.name for field in fields(record)]


async def test_of_many_sessions_at_once_under_one_id_one_is_stored(sessions):
    stored = await asyncio.gather(*[sessions.add(session(1, user=user)) for user in range(20)])
    assert len(set(stored)) == 1
    assert await sessions.get(session(1).session_id) == stored[0]


async def test_a_change_happens_only_from_the_status_it_was_decided_on(sessions):
    await sessions.add(session(1))
    paused = session(1, status=Status.PAUSED)
    passed = session(1, status=Status.COMPLETED, final_result=FinalResult.PASS)
    assert await sessions.change(session(1), paused) == paused
    assert await sessions.change(session(1), passed) == paused
    assert await sessions.change(paused, passed) == passed
    assert await sessions.change(paused, session(1)) == passed
    assert await sessions.get(session(1).session_id) == passed


async def test_of_many_different_endings_at_once_one_holds_and_all_are_told_it(sessions):
    await sessions.add(session(1))
    endings = [session(1, status=Status.COMPLETED, final_result=result) for result in FinalResult]
    told = await asyncio.gather(*[sessions.change(session(1), ending) for ending in endings * 5])
    assert set(told) == {await sessions.get(session(1).session_id)}


async def test_a_submission_is_stored_once_and_moves_last_active_once(sessions):
    await sessions.add(session(1))
    kept = await asyncio.gather(*[sessions.take_in(submission(1, session(1)), at=200 + i) for i in range(20)])
    assert sum(one.created for one in kept) == 1
    assert not (await sessions.take_in(submission(1, session(1)), at=900)).created
    assert await sessions.get(session(1).session_id) == session(1, last_active=200)


async def test_last_active_never_moves_back(sessions):
    await sessions.add(session(1))
    await asyncio.gather(*[sessions.take_in(submission(at, session(1)), at=at) for at in (300, 500, 400)])
    await sessions.take_in(submission(6, session(1)), at=50)
    assert await sessions.get(session(1).session_id) == session(1, last_active=500)


async def test_other_content_under_the_same_id_leaves_the_first_standing(sessions):
    await sessions.add(session(1))
    await sessions.take_in(submission(1, session(1)), at=200)
    kept = await sessions.take_in(submission(1, session(1), score=None), at=300)
    assert (kept.created, kept.record) == (False, submission(1, session(1)))


async def test_totals_count_by_presentation_in_their_order(sessions):
    rows = [
        session(1, user=1),
        session(2, user=1, status=Status.PAUSED),
        session(3, user=2, status=Status.COMPLETED, final_result=FinalResult.FAIL),
        session(4, user=2, module="a"),
        session(5, user=2, module="BBB"),
    ]
    await asyncio.gather(*[sessions.add(row) for row in rows])
    await asyncio.gather(*[sessions.take_in(submission(i, rows[i % 3]), at=1) for i in range(7)])
    assert await sessions.totals() == [
        Totals("AAA", "2013J", 2, 1, 1, 1, 7),
        Totals("BBB", "2013J", 1, 1, 0, 0, 0),
        Totals("a", "2013J", 1, 1, 0, 0, 0),
    ]


async def test_nothing_stored_has_no_totals(sessions):
    assert await sessions.totals() == []


async def test_everything_is_there_after_opening_again(url):
    async with Sessions.open(url) as sessions:
        await sessions.add(session(1))
        await asyncio.gather(*[sessions.take_in(submission(i, session(1)), at=i) for i in range(500)])
    async with Sessions.open(url) as sessions:
        assert await sessions.totals() == [Totals("AAA", "2013J", 1, 1, 0, 0, 500)]
        assert await sessions.get(session(1).session_id) == session(1, last_active=499)
