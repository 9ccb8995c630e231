from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import IntegrityError

from campus.database import Database
from trunkline import Unavailable

metadata = MetaData()
numbers = Table("numbers", metadata, Column("number", Integer, primary_key=True))


class Writer:
    """Batches that remember how large their groups were."""

    def __init__(self):
        self.groups = []

    async def write(self, connection, items):
        self.groups.append(len(items))
        await connection.execute(insert(numbers), [{"number": item} for item in items])
        return [item * 10 for item in items]


@pytest.fixture
async def database(url):
    async with Database.open(url, metadata) as database:
        yield database


async def stored(database):
    return [row.number for row in await database.rows(select(numbers).order_by(numbers.c.number))]


async def test_those_who_come_together_share_one_group_and_get_their_own_answers(database):
    writer = Writer()
    answers = await asyncio.gather(*[database.write(writer.write, number) for number in range(100)])
    assert answers == [number * 10 for number in range(100)]
    assert writer.groups == [100]
    assert await stored(database) == list(range(100))


async def test_whoever_comes_while_a_group_runs_joins_the_next(database):
    running, go = asyncio.Event(), asyncio.Event()
    writer = Writer()

    async def slow(connection, items):
        running.set()
        await go.wait()
        return items

    first = asyncio.create_task(database.write(slow, 0))
    await running.wait()
    others = asyncio.gather(*[database.write(writer.write, number) for number in range(5)])
    go.set()
    assert await first == 0
    assert await others == [0, 10, 20, 30, 40]
    assert writer.groups == [5]


async def test_the_answer_comes_after_the_commit(database):
    writer = Writer()
    for number in range(5):
        await database.write(writer.write, number)
        assert await stored(database) == list(range(number + 1))


async def test_one_bad_item_fails_alone_and_takes_nobody_with_it(database):
    writer = Writer()
    await database.write(writer.write, 3)
    answers = await asyncio.gather(
        *[database.write(writer.write, number) for number in range(5)], return_exceptions=True
    )
    assert isinstance(answers[3], IntegrityError)
    assert [answers[number] for number in (0, 1, 2, 4)] == [0, 10, 20, 40]
    assert await stored(database) == [0, 1, 2, 3, 4]


async def test_different_batches_share_one_transaction(database):
    writer, other = Writer(), Writer()
    seen = []

    async def look(connection, items):
        seen.extend((await connection.execute(select(numbers))).scalars())
        return items

    await asyncio.gather(database.write(writer.write, 1), database.write(other.write, 2), database.write(look, None))
    assert sorted(seen) == [1, 2]


async def test_a_caller_that_gives_up_before_its_turn_is_left_out(database):
    running, go = asyncio.Event(), asyncio.Event()
    writer = Writer()

    async def slow(connection, items):
        running.set()
        await go.wait()
        return items

    first = asyncio.create_task(database.write(slow, 0))
    await running.wait()
    impatient = asyncio.create_task(database.write(writer.write, 1))
    patient = asyncio.create_task(database.write(writer.write, 2))
    await asyncio.sleep(0)
    impatient.cancel()
    go.set()
    assert await patient == 20
    assert await first == 0
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await stored(database) == [2]


async def test_a_caller_that_gives_up_during_its_turn_does_not_harm_the_others(database):
    running, go = asyncio.Event(), asyncio.Event()

    async def slow(connection, items):
        running.set()
        await go.wait()
        return items

    calls = [asyncio.create_task(database.write(slow, number)) for number in range(3)]
    await running.wait()
    calls[1].cancel()
    go.set()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert answers[0] == 0
    assert isinstance(answers[1], asyncio.CancelledError)
    assert answers[2] == 2


async def test_closing_waits_for_what_was_asked(url):
    writer = Writer()
    async with Database.open(url, metadata) as database:
        asked = [asyncio.create_task(database.write(writer.write, number)) for number in range(10)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*asked) == [number * 10 for number in range(10)]
    async with Database.open(url, metadata) as database:
        assert await stored(database) == list(range(10))


async def test_a_database_that_fails_is_unavailable_to_all_who_asked(tmp_path):
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path}/numbers.db", metadata) as database:
        writer = Writer()
        async with database._engine.begin() as connection:
            await connection.run_sync(metadata.drop_all)
        answers = await asyncio.gather(
            *[database.write(writer.write, number) for number in (1, 2)], return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
        assert "numbers" not in str(answers[0])
        with pytest.raises(Unavailable):
            await stored(database)
