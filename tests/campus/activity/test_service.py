from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest

from campus.accounts.service import Accounts
from campus.accounts.store import Users
from campus.activity.service import Activity
from campus.api.accounts.v1.accounts_pb2 import RegisterUserRequest
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub, add_AccountsServiceServicer_to_server
from campus.api.activity.v1 import activity_pb2 as api
from campus.api.progress.v1.progress_pb2_grpc import (
    ProgressServiceServicer,
    ProgressServiceStub,
    add_ProgressServiceServicer_to_server,
)
from campus.progress.model import Totals
from campus.progress.service import Progress
from campus.progress.store import Results
from trunkline import AlreadyExists, FailedPrecondition, NotFound
from trunkline.api.entities.v1 import session_pb2, user_pb2

LEARNER = "11111111-1111-4111-8111-111111111111"
MOMENT = 1_700_000_000_123_456_000
AAA = api.Presentation(code_module="AAA", code_presentation="2013J")


class Clock:
    now = MOMENT

    def monotonic(self) -> float:
        return self.time()

    def time(self) -> float:
        return self.now / 10**9


class Down(ProgressServiceServicer):
    async def RecordCompletion(self, request, context):
        await context.abort(grpc.StatusCode.UNAVAILABLE, "down")


@asynccontextmanager
async def hosted(add, servicer):
    server = grpc.aio.server()
    add(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def results(tmp_path):
    async with Results.open(f"sqlite+aiosqlite:///{tmp_path}/progress.db") as results:
        yield results


@pytest.fixture
async def activities(tmp_path, results, sessions, clock):
    """Two of the same sessions: one that reaches progress, one whose progress is down."""
    async with AsyncExitStack() as stack:
        users = await stack.enter_async_context(Users.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db"))
        accounts = Accounts(users=users, clock=clock)
        learner = user_pb2.User(user_id=LEARNER, username="learner")
        await accounts.RegisterUser(RegisterUserRequest(user=learner), None)
        channel = await stack.enter_async_context(hosted(add_AccountsServiceServicer_to_server, accounts))
        stub = AccountsServiceStub(channel)
        made = []
        for progress in (Progress(accounts=stub, results=results), Down()):
            channel = await stack.enter_async_context(hosted(add_ProgressServiceServicer_to_server, progress))
            made.append(Activity(accounts=stub, progress=ProgressServiceStub(channel), sessions=sessions, clock=clock))
        yield made


@pytest.fixture
def activity(activities):
    return activities[0]


@pytest.fixture
def cut_off(activities):
    return activities[1]


def opening(**changes) -> api.OpenSessionRequest:
    return api.OpenSessionRequest(
        **{"session_id": str(uuid.uuid4()), "user_id": LEARNER, "presentation": AAA, **changes}
    )


async def opened(activity, **changes) -> session_pb2.Session:
    return (await activity.OpenSession(opening(**changes), None)).session


def handing_in(session, **changes) -> api.SubmitRequest:
    fields = {"submission_id": str(uuid.uuid4()), "session_id": session.session_id, "assessment_id": "1752"}
    return api.SubmitRequest(submission=api.Submission(**{**fields, "weight": 10, "score": 78, "day": 18, **changes}))


async def find(activity, session) -> session_pb2.Session:
    return (await activity.GetSession(api.GetSessionRequest(session_id=session.session_id), None)).session


async def pause(activity, session):
    return (await activity.PauseSession(api.PauseSessionRequest(session_id=session.session_id), None)).session


async def complete(activity, session, result=api.FINAL_RESULT_PASS):
    request = api.CompleteSessionRequest(session_id=session.session_id, final_result=result)
    return (await activity.CompleteSession(request, None)).session


async def test_an_opened_session_is_active_and_tells_its_presentation(activity):
    session = await opened(activity)
    assert session == await find(activity, session)
    assert (session.component, session.status) == ("activity", session_pb2.SESSION_STATUS_ACTIVE)
    assert dict(session.activity_data) == {"code_module": "AAA", "code_presentation": "2013J"}
    assert session.started_at.ToNanoseconds() == session.last_active.ToNanoseconds() == MOMENT


async def test_the_same_session_again_answers_with_what_is_stored(activity, clock):
    session = await opened(activity)
    paused = await pause(activity, session)
    clock.now += 10**9
    assert await opened(activity, session_id=session.session_id) == paused


async def test_an_id_belongs_to_one_session(activity):
    session = await opened(activity)
    other = api.Presentation(code_module="AAA", code_presentation="2014J")
    with pytest.raises(AlreadyExists) as refused:
        await opened(activity, session_id=session.session_id, presentation=other)
    assert refused.value.reason == "SESSION_EXISTS"


async def test_no_session_is_opened_for_a_user_accounts_does_not_know(activity):
    request = opening(user_id=str(uuid.uuid4()))
    with pytest.raises(grpc.aio.AioRpcError):
        await activity.OpenSession(request, None)
    with pytest.raises(NotFound):
        await find(activity, request)


async def test_a_session_is_paused_and_completed_once(activity):
    session = await opened(activity)
    paused = await pause(activity, session)
    assert paused.status == session_pb2.SESSION_STATUS_PAUSED
    assert await pause(activity, session) == paused
    passed = await complete(activity, session)
    assert passed.status == session_pb2.SESSION_STATUS_COMPLETED
    assert passed.activity_data["final_result"] == "Pass"
    assert await complete(activity, session) == passed == await find(activity, session)


async def test_a_completed_session_is_neither_paused_nor_given_another_result(activity):
    session = await opened(activity)
    passed = await complete(activity, session)
    for refused_call in (pause(activity, session), complete(activity, session, api.FINAL_RESULT_FAIL)):
        with pytest.raises(FailedPrecondition) as refused:
            await refused_call
        assert refused.value.reason == "SESSION_COMPLETED"
    assert await find(activity, session) == passed


async def test_of_a_pause_and_an_ending_at_once_the_ending_holds(activity):
    session = await opened(activity)
    calls = [pause(activity, session) for _ in range(10)] + [complete(activity, session) for _ in range(10)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(answer == answers[-1] for answer in answers[10:])
    assert (await find(activity, session)).status == session_pb2.SESSION_STATUS_COMPLETED


async def test_what_is_unknown_is_not_found(activity):
    nobody = session_pb2.Session(session_id=str(uuid.uuid4()))
    for call in (find(activity, nobody), pause(activity, nobody), complete(activity, nobody)):
        with pytest.raises(NotFound) as refused:
            await call
        assert refused.value.reason == "SESSION_NOT_FOUND"
    with pytest.raises(NotFound):
        await activity.Submit(handing_in(nobody), None)


async def test_a_submission_reaches_progress_once_however_often_it_comes(activity, clock, results):
    session = await opened(activity)
    clock.now += 10**9
    request = handing_in(session)
    answers = await asyncio.gather(*[activity.Submit(request, None) for _ in range(10)])
    assert sum(answer.created for answer in answers) == 1
    assert not (await activity.Submit(request, None)).created
    assert await results.totals() == [Totals("AAA", "2013J", 1, 1, 1, 7800 * 1000)]
    assert (await find(activity, session)).last_active.ToNanoseconds() == clock.now


async def test_a_submission_lost_on_the_way_to_progress_is_recorded_when_it_comes_again(activity, cut_off, results):
    request = handing_in(await opened(activity))
    with pytest.raises(grpc.aio.AioRpcError):
        await cut_off.Submit(request, None)
    assert await results.totals() == []
    assert not (await activity.Submit(request, None)).created
    assert await results.totals() == [Totals("AAA", "2013J", 1, 1, 1, 7800 * 1000)]


async def test_other_content_under_the_same_id_is_refused_and_not_recorded(activity, results):
    session = await opened(activity)
    request = handing_in(session)
    await activity.Submit(request, None)
    with pytest.raises(AlreadyExists) as refused:
        await activity.Submit(handing_in(session, submission_id=request.submission.submission_id, score=79), None)
    assert refused.value.reason == "SUBMISSION_EXISTS"
    assert await results.totals() == [Totals("AAA", "2013J", 1, 1, 1, 7800 * 1000)]


async def test_totals_tell_each_presentation(activity):
    first, second = await opened(activity), await opened(activity)
    await pause(activity, second)
    await activity.Submit(handing_in(first), None)
    assert list((await activity.GetTotals(api.GetTotalsRequest(), None)).totals) == [
        api.ActivityTotals(presentation=AAA, learners=1, sessions_active=1, sessions_paused=1, submissions=1)
    ]
