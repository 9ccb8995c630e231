from __future__ import annotations

import asyncio
from dataclasses import fields, replace

from campus.accounts.model import User
from campus.accounts.store import Users
from campus.accounts.table import users as table


def user(number: int, **changes: object) -> User:
    plain = User(f"00000000-0000-4000-8000-{number:012}", f"learner-{number}", "", None, None, None, (), 1, 1)
    return replace(plain, **changes)


def test_a_row_has_the_fields_of_a_user_in_their_order():
    assert [column.name for column in table.columns] == [field.name for field in fields(User)]


async def test_a_user_is_stored_once_and_found_by_id(users):
    assert await users.add(user(1, roles=("learner",))) == user(1, roles=("learner",))
    assert await users.get(user(1).user_id) == user(1, roles=("learner",))
    assert await users.get(user(2).user_id) is None


async def test_whoever_has_the_id_comes_before_whoever_has_the_name(users):
    await users.add(user(1))
    await users.add(user(2))
    assert await users.add(user(1, username="learner-2")) == user(1)
    assert await users.add(user(3, username="learner-2")) == user(2)
    assert await users.get(user(3).user_id) is None


async def test_of_many_at_once_with_one_name_one_is_stored(users):
    holders = await asyncio.gather(*[users.add(user(number, username="same")) for number in range(20)])
    assert len(set(holders)) == 1
    assert [one async for one in users.walk("")] == [holders[0]]


async def test_of_many_at_once_with_one_id_one_is_stored(users):
    holders = await asyncio.gather(*[users.add(user(1, username=f"name-{number}")) for number in range(20)])
    assert len(set(holders)) == 1
    assert [one async for one in users.walk("")] == [holders[0]]


async def test_a_walk_yields_all_in_the_order_of_ids_whatever_the_page(users):
    await asyncio.gather(*[users.add(user(number)) for number in reversed(range(25))])
    for page in (1, 7, 25, 100):
        assert [one async for one in users.walk("", page=page)] == [user(number) for number in range(25)]
    after = [one async for one in users.walk(user(20).user_id, page=2)]
    assert after == [user(number) for number in range(21, 25)]


async def test_everything_is_there_after_opening_again(url):
    async with Users.open(url) as users:
        await asyncio.gather(*[users.add(user(number)) for number in range(100)])
    async with Users.open(url) as users:
        assert [one async for one in users.walk("")] == [user(number) for number in range(100)]
