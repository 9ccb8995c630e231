from __future__ import annotations

import asyncio

import pytest

from campus.accounts.model import User
from campus.accounts.store import Users
from campus.progress.store import Results
from trunkline import InvalidArgument


def user(number: int, **changes: object) -> User:
    fields = {"user_id": f"{number:036}", "username": f"learner-{number}", "email": "", "first_name": None}
    rest = {"last_name": None, "preferences": None, "roles": (), "created_at": 1, "updated_at": 1}
    return User(**{**fields, **rest, **changes})


async def test_a_nul_is_refused_by_the_names_of_its_fields_and_harms_nobody_else(url):
    async with Users.open(url) as users:
        bad = user(1, first_name="Ad\0a", last_name="\0")
        good = [user(number) for number in range(2, 5)]
        answers = await asyncio.gather(*[users.add(one) for one in [bad, *good]], return_exceptions=True)
        assert isinstance(answers[0], InvalidArgument)
        assert [fault.field for fault in answers[0].violations] == ["first_name", "last_name"]
        assert "\0" not in str(answers[0])
        assert answers[1:] == good
        assert [one async for one in users.walk("")] == good


async def test_a_nul_in_a_question_is_refused_too(url):
    async with Results.open(url) as results:
        with pytest.raises(InvalidArgument) as refused:
            await results.of("u", "A\0A", "2013J")
        assert refused.value.reason == "TEXT_WITH_NUL"
        assert [fault.field for fault in refused.value.violations] == ["code_module"]


async def test_a_nul_within_what_is_kept_as_json_comes_back(url):
    async with Users.open(url) as users:
        await users.add(user(1, roles=("a\0b",)))
        assert await users.get(user(1).user_id) == user(1, roles=("a\0b",))
