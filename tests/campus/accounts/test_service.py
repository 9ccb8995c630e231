from __future__ import annotations

import asyncio
import uuid

import pytest

from campus.accounts.service import Accounts
from campus.api.accounts.v1.accounts_pb2 import GetUserRequest, ListUsersRequest, RegisterUserRequest
from trunkline import AlreadyExists, NotFound
from trunkline.api.entities.v1.user_pb2 import Profile, User

MOMENT = 1_700_000_000_123_456_000


class Clock:
    now = MOMENT

    def monotonic(self) -> float:
        return self.time()

    def time(self) -> float:
        return self.now / 10**9


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(users, clock):
    return Accounts(users=users, clock=clock)


def learner(**changes) -> User:
    fields = {"user_id": str(uuid.uuid4()), "username": uuid.uuid4().hex, "roles": ["learner"], **changes}
    return User(**fields)


async def register(accounts, user):
    return (await accounts.RegisterUser(RegisterUserRequest(user=user), None)).user


async def test_a_registered_user_is_found_with_the_moment_of_storing(accounts):
    user = learner(email="a@example.org", profile=Profile(first_name="Ada"))
    stored = await register(accounts, user)
    found = (await accounts.GetUser(GetUserRequest(user_id=user.user_id), None)).user
    assert found == stored
    assert stored.created_at.ToNanoseconds() == stored.updated_at.ToNanoseconds() == MOMENT
    stored.ClearField("created_at")
    stored.ClearField("updated_at")
    assert stored == user


async def test_the_callers_own_timestamps_are_not_believed(accounts):
    user = learner()
    user.created_at.FromSeconds(1)
    assert (await register(accounts, user)).created_at.ToNanoseconds() == MOMENT


async def test_the_same_user_again_answers_as_the_first_time(accounts, clock):
    user = learner()
    first = await register(accounts, user)
    clock.now += 10**9
    assert await register(accounts, user) == first


@pytest.mark.parametrize(
    "change", [{"email": "b@example.org"}, {"username": "other"}, {"roles": []}, {"profile": Profile()}]
)
async def test_other_content_under_the_same_id_is_refused_and_changes_nothing(accounts, change):
    user = learner()
    first = await register(accounts, user)
    fields = {"user_id": user.user_id, "username": user.username, **change}
    with pytest.raises(AlreadyExists) as refused:
        await register(accounts, learner(**fields))
    assert refused.value.reason == "USER_EXISTS"
    assert (await accounts.GetUser(GetUserRequest(user_id=user.user_id), None)).user == first


async def test_a_username_belongs_to_one_user(accounts):
    user = learner()
    await register(accounts, user)
    with pytest.raises(AlreadyExists) as refused:
        await register(accounts, learner(username=user.username))
    assert refused.value.reason == "USERNAME_TAKEN"


async def test_an_unknown_user_is_not_found(accounts):
    with pytest.raises(NotFound) as refused:
        await accounts.GetUser(GetUserRequest(user_id=str(uuid.uuid4())), None)
    assert refused.value.reason == "USER_NOT_FOUND"


async def test_a_list_goes_on_after_the_last_id_its_reader_has(accounts):
    stored = await asyncio.gather(*[register(accounts, learner()) for _ in range(30)])
    ordered = sorted(stored, key=lambda user: user.user_id)
    listed = [message.user async for message in accounts.ListUsers(ListUsersRequest(), None)]
    assert listed == ordered
    rest = accounts.ListUsers(ListUsersRequest(after_user_id=ordered[9].user_id), None)
    assert [message.user async for message in rest] == ordered[10:]
