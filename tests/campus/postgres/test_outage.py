from __future__ import annotations

import asyncio
import os
import signal

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, text, update

from campus.database import Database
from campus.database.postgresql import PATIENCE
from trunkline import Unavailable

metadata = MetaData()
numbers = Table("numbers", metadata, Column("number", Integer, primary_key=True), Column("times", Integer))


async def insert(connection, items):
    await connection.execute(numbers.insert(), [{"number": item, "times": 0} for item in items])
    return items


async def read(connection, items):
    stored = (await connection.execute(select(numbers.c.number))).scalars().all()
    return [sorted(stored)] * len(items)


@pytest.fixture
async def database(postgres_url):
    async with Database.open(postgres_url, metadata) as database:
        await database.write(insert, 1)
        yield database


async def own_process(database: Database) -> int:
    return (await database.rows(text("SELECT pg_backend_pid()")))[0][0]


async def test_a_killed_server_is_unavailable_until_it_is_back_and_nothing_is_lost(postgres, database):
    postgres.kill()
    try:
        for ask in (database.read(read, None), database.write(insert, 2), database.rows(select(numbers))):
            with pytest.raises(Unavailable):
                await ask
    finally:
        # Whoever asks while it starts, or puts itself in order after the crash, is told the same.
        starting = asyncio.create_task(asyncio.to_thread(postgres.start))
        refused = 0
        while not starting.done():
            try:
                await database.read(read, None)
            except Unavailable:
                refused += 1
        await starting
    assert refused > 0
    assert await database.read(read, None) == [1]
    assert await database.write(insert, 2) == 2
    assert await database.read(read, None) == [1, 2]


async def test_a_connection_that_the_server_ends_between_two_calls_is_not_noticed(postgres, database):
    await postgres.run(f"SELECT pg_terminate_backend({await own_process(database)}, 5000)")
    assert await database.write(insert, 2) == 2
    assert await database.read(read, None) == [1, 2]


async def test_a_connection_that_the_server_ends_during_a_call_is_unavailable_to_all_in_its_group(postgres, database):
    async def broken(connection, items):
        ((process,),) = await connection.execute(text("SELECT pg_backend_pid()"))
        await postgres.run(f"SELECT pg_terminate_backend({process}, 5000)")
        return await insert(connection, items)

    answers = await asyncio.gather(*[database.write(broken, item) for item in (2, 3)], return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    assert await database.read(read, None) == [1]


async def test_no_connection_left_is_unavailable(postgres, postgres_url, database):
    name = postgres_url.partition("//")[2].partition(":")[0]
    await postgres.run(f"ALTER ROLE {name} CONNECTION LIMIT 0")
    await postgres.run(f"SELECT pg_terminate_backend({await own_process(database)}, 5000)")
    with pytest.raises(Unavailable):
        await database.read(read, None)
    await postgres.run(f"ALTER ROLE {name} CONNECTION LIMIT -1")
    assert await database.read(read, None) == [1]


async def test_of_two_that_wait_for_one_another_one_is_unavailable_and_one_is_done(postgres_url, database):
    await database.write(insert, 2)
    meeting = asyncio.Barrier(2)

    async def both(connection, orders):
        for number in orders[0]:
            await connection.execute(update(numbers).where(numbers.c.number == number).values(times=1))
            if number == orders[0][0]:
                await meeting.wait()
        return orders

    async with Database.open(postgres_url, metadata) as other:
        asked = [database.write(both, (1, 2)), other.write(both, (2, 1))]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Unavailable", "tuple"]


@pytest.fixture
def stopped():
    """Stop a process until the test is over."""
    stopped = []

    def stop(process):
        stopped.append(process)
        os.kill(process, signal.SIGSTOP)

    yield stop
    for process in stopped:
        os.kill(process, signal.SIGCONT)


async def test_a_statement_that_hangs_is_unavailable_and_another_connection_is_made(monkeypatch, postgres_url, stopped):
    monkeypatch.setitem(PATIENCE, "command_timeout", 1.0)
    async with Database.open(postgres_url, metadata) as database:
        await database.write(insert, 1)
        stopped(await own_process(database))
        with pytest.raises(Unavailable):
            await database.read(read, None)
        assert await database.read(read, None) == [1]


async def test_a_server_that_does_not_greet_is_unavailable(monkeypatch, postgres, postgres_url, stopped):
    monkeypatch.setitem(PATIENCE, "timeout", 1.0)
    async with Database.open(postgres_url, metadata) as database:
        await database._engine.dispose()
        stopped(postgres.pid)
        with pytest.raises(Unavailable):
            await database.read(read, None)
