from __future__ import annotations

import uuid

import grpc
import pytest

from campus.accounts.service import Accounts
from campus.accounts.store import Users
from campus.api.accounts.v1.accounts_pb2 import RegisterUserRequest
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub, add_AccountsServiceServicer_to_server
from campus.api.progress.v1.progress_pb2 import (
    GetProgressRequest,
    GetProgressResponse,
    GetTotalsRequest,
    ProgressTotals,
    RecordCompletionRequest,
)
from campus.progress.service import Progress
from trunkline import AlreadyExists, NotFound, SystemClock
from trunkline.api.entities.v1.user_pb2 import User

LEARNER = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def progress(tmp_path, results):
    async with Users.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db") as users:
        accounts = Accounts(users=users, clock=SystemClock())
        await accounts.RegisterUser(RegisterUserRequest(user=User(user_id=LEARNER, username="learner")), None)
        server = grpc.aio.server()
        add_AccountsServiceServicer_to_server(accounts, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Progress(accounts=AccountsServiceStub(channel), results=results)
        await server.stop(None)


def completion(**changes) -> RecordCompletionRequest:
    fields = {
        "submission_id": str(uuid.uuid4()),
        "user_id": LEARNER,
        "code_module": "AAA",
        "code_presentation": "2013J",
        "assessment_id": "1752",
        "weight": 10,
        "score": 78,
        **changes,
    }
    return RecordCompletionRequest(**fields)


def asked(**changes) -> GetProgressRequest:
    return GetProgressRequest(**{"user_id": LEARNER, "code_module": "AAA", "code_presentation": "2013J", **changes})


async def test_a_completion_is_created_once_and_counted_once(progress):
    request = completion()
    assert (await progress.RecordCompletion(request, None)).created
    assert not (await progress.RecordCompletion(request, None)).created
    assert await progress.GetProgress(asked(), None) == GetProgressResponse(submissions=1, scored=1, weighted_score=7.8)


@pytest.mark.parametrize("change", [{"score": 79}, {"score": None}, {"weight": 20}, {"assessment_id": "1753"}])
async def test_other_content_under_the_same_id_is_refused(progress, change):
    request = completion()
    await progress.RecordCompletion(request, None)
    with pytest.raises(AlreadyExists) as refused:
        await progress.RecordCompletion(completion(submission_id=request.submission_id, **change), None)
    assert refused.value.reason == "COMPLETION_EXISTS"


async def test_a_learner_who_handed_in_nothing_has_no_result(progress):
    await progress.RecordCompletion(completion(), None)
    with pytest.raises(NotFound) as refused:
        await progress.GetProgress(asked(code_presentation="2014J"), None)
    assert refused.value.reason == "NO_RESULT"


async def test_the_failure_of_accounts_is_the_callers(progress):
    with pytest.raises(grpc.aio.AioRpcError):
        await progress.GetProgress(asked(user_id=str(uuid.uuid4())), None)


async def test_totals_tell_each_presentation(progress):
    await progress.RecordCompletion(completion(code_module="BBB", score=None), None)
    await progress.RecordCompletion(completion(score=50, weight=12.5), None)
    await progress.RecordCompletion(completion(score=33.33, weight=100), None)
    assert list((await progress.GetTotals(GetTotalsRequest(), None)).totals) == [
        ProgressTotals(
            code_module="AAA", code_presentation="2013J", learners=1, submissions=2, scored=2, weighted_sum=39.58
        ),
        ProgressTotals(code_module="BBB", code_presentation="2013J", learners=1, submissions=1),
    ]
