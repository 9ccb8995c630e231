from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import Column, MetaData, String, Table

from campus.database import Database, Kept, Records

metadata = MetaData()
books = Table(
    "books",
    metadata,
    Column("isbn", String(16), primary_key=True),
    Column("title", String(64), nullable=False),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Book:
    isbn: str
    title: str


@pytest.fixture
async def database(url):
    async with Database.open(url, metadata) as database:
        yield database


@pytest.fixture
def records(database):
    return Records(books, Book, dialect=database.dialect)


async def test_what_is_new_is_created_and_what_is_there_comes_back(database, records):
    assert await database.write(records.keep, Book("1", "Emma")) == Kept(True, Book("1", "Emma"))
    assert await database.write(records.keep, Book("1", "Emma")) == Kept(False, Book("1", "Emma"))
    assert await database.write(records.keep, Book("1", "Persuasion")) == Kept(False, Book("1", "Emma"))


async def test_of_many_at_once_under_one_key_exactly_one_is_created(database, records):
    kept = await asyncio.gather(*[database.write(records.keep, Book("1", f"take {i}")) for i in range(50)])
    assert sum(one.created for one in kept) == 1
    assert {one.record for one in kept} == {next(one.record for one in kept if one.created)}


async def test_the_same_value_twice_in_one_group_is_created_once(database, records):
    book = Book("1", "Emma")
    first, second = await asyncio.gather(*[database.write(records.keep, book) for _ in range(2)])
    assert (first.created, second.created) == (True, False)


async def test_several_are_found_in_the_order_asked_with_none_for_the_missing(database, records):
    await asyncio.gather(*[database.write(records.keep, Book(str(i), f"book {i}")) for i in range(10)])
    found = await asyncio.gather(*[database.read(records.find, key) for key in ("7", "nine", "2", "7")])
    assert found == [Book("7", "book 7"), None, Book("2", "book 2"), Book("7", "book 7")]


async def test_two_processes_on_one_database_create_a_row_once(url):
    async with Database.open(url, metadata) as one, Database.open(url, metadata) as two:
        records = Records(books, Book, dialect=one.dialect)
        writes = [base.write(records.keep, Book(str(i), "x")) for i in range(50) for base in (one, two)]
        kept = await asyncio.gather(*writes)
        assert sum(each.created for each in kept) == 50
