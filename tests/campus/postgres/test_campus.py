from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from random import Random

import pytest

from campus.accounts.service import Accounts
from campus.accounts.store import Users
from campus.activity.service import Activity
from campus.activity.store import Sessions
from campus.api.accounts.v1.accounts_pb2 import RegisterUserRequest
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.progress.v1.progress_pb2 import GetProgressRequest
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from campus.journey.drive import Drive
from campus.journey.expected import expected
from campus.journey.generate import generate
from campus.journey.learners import learners
from campus.journey.read import read
from campus.journey.reported import reported
from campus.journey.tally import Tally
from campus.progress.service import Progress
from campus.progress.store import Results
from trunkline import InvalidArgument, NotFound, SystemClock, Unavailable
from trunkline.api.entities.v1.user_pb2 import Profile, User
from trunkline.testing import Loopback

SCOPES = ["accounts.read", "accounts.write", "activity.read", "activity.write", "progress.read", "progress.write"]
LEARNER = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def campus(postgres):
    """The three components on PostgreSQL, activity in two instances; yields the mesh of a client."""
    async with AsyncExitStack() as stack, Loopback() as loopback:
        kinds, clock = (Users, Results, Sessions), SystemClock()
        urls = [await postgres.database() for _ in kinds]
        kinds, urls = (*kinds, Sessions), (*urls, urls[-1])
        opened = [kind.open(url) for kind, url in zip(kinds, urls, strict=True)]
        users, results, *instances = [await stack.enter_async_context(store) for store in opened]
        await loopback.serve("accounts", lambda _: [Accounts(users=users, clock=clock)])

        def progress(own):
            return [Progress(accounts=AccountsServiceStub(own.channel), results=results)]

        await loopback.serve("progress", progress, scopes=["accounts.read"])
        for sessions in instances:

            def activity(own, sessions=sessions):
                stubs = AccountsServiceStub(own.channel), ProgressServiceStub(own.channel)
                return [Activity(accounts=stubs[0], progress=stubs[1], sessions=sessions, clock=clock)]

            await loopback.serve("activity", activity, scopes=["accounts.read", "progress.write"])
        yield await loopback.client("journey", scopes=SCOPES)


async def test_what_comes_to_two_instances_twice_at_once_is_counted_once(campus, tmp_path):
    generate(tmp_path, Random(7), learners=40)
    data, _ = read(tmp_path)
    drives = [Drive(campus.channel, tally=Tally(), clock=SystemClock(), random=Random(seed)) for seed in (1, 2)]
    await asyncio.gather(*[drive.run(learners(data)) for drive in drives])
    assert await reported(campus.channel) == (expected(data), [])


async def test_a_nul_in_a_request_is_the_callers_fault(campus):
    user = User(user_id=LEARNER, username="ada", profile=Profile(first_name="A\0da"))
    with pytest.raises(InvalidArgument) as refused:
        await AccountsServiceStub(campus.channel).RegisterUser(RegisterUserRequest(user=user))
    assert [fault.field for fault in refused.value.violations] == ["first_name"]


async def test_a_killed_server_is_unavailable_to_the_caller_who_succeeds_once_it_is_back(campus, postgres):
    accounts = AccountsServiceStub(campus.channel)
    request = RegisterUserRequest(user=User(user_id=LEARNER, username="ada"))
    await accounts.RegisterUser(request)
    postgres.kill()
    try:
        with pytest.raises(Unavailable) as caught:
            await accounts.RegisterUser(request)
    finally:
        postgres.start()
    assert caught.value.reason == "DATABASE_UNAVAILABLE"
    assert (await accounts.RegisterUser(request)).user.username == "ada"
    asked = GetProgressRequest(user_id=LEARNER, code_module="AAA", code_presentation="2013J")
    with pytest.raises(NotFound) as nothing:
        await ProgressServiceStub(campus.channel).GetProgress(asked)
    assert nothing.value.reason == "NO_RESULT"
