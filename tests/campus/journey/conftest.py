from __future__ import annotations

from contextlib import AsyncExitStack
from random import Random

import pytest

from campus.accounts.service import Accounts
from campus.accounts.store import Users
from campus.activity.service import Activity
from campus.activity.store import Sessions
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from campus.journey.drive import Drive
from campus.journey.learners import learners
from campus.journey.read import read
from campus.journey.tally import Tally
from campus.progress.service import Progress
from campus.progress.store import Results
from trunkline import SystemClock
from trunkline.config import Tracing
from trunkline.testing.loopback import Loopback

GOOD = {
    "courses.csv": """\
code_module,code_presentation,module_presentation_length
AAA,2013J,268
BBB,2014B,234
""",
    "assessments.csv": """\
code_module,code_presentation,id_assessment,assessment_type,date,weight
AAA,2013J,1,TMA,19,12.5
AAA,2013J,2,Exam,?,87.5
BBB,2014B,3,TMA,30,100
""",
    "studentInfo.csv": """\
code_module,code_presentation,id_student,gender,final_result
AAA,2013J,10,F,Pass
AAA,2013J,11,M,Withdrawn
AAA,2013J,12,F,Fail
BBB,2014B,10,F,?
""",
    "studentRegistration.csv": """\
code_module,code_presentation,id_student,date_registration,date_unregistration
AAA,2013J,10,-100,
AAA,2013J,11,-90,40
AAA,2013J,12,?,12
BBB,2014B,10,-30,
""",
    "studentAssessment.csv": """\
id_assessment,id_student,date_submitted,is_banked,score
1,10,18,0,77
2,10,200,0,80
1,11,19,0,?
1,12,-1,1,61
3,10,29,0,100
""",
}

SCOPES = ["accounts.read", "accounts.write", "activity.read", "activity.write", "progress.read", "progress.write"]


@pytest.fixture
def folder(tmp_path):
    """A small data set with everything in it that the journey knows."""
    place = tmp_path / "data"
    place.mkdir()
    for name, text in GOOD.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


@pytest.fixture
def change(folder):
    """Replace a text in one of the files."""

    def change(file, old, new):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.fixture
async def campus(tmp_path):
    """The three components in this process, on real sockets and databases; yields the mesh of a client."""
    async with AsyncExitStack() as stack, Loopback(tracing=Tracing(sample_ratio=1.0)) as loopback:

        async def store(kind, name):
            return await stack.enter_async_context(kind.open(f"sqlite+aiosqlite:///{tmp_path}/{name}.db"))

        users, results, sessions = await store(Users, "a"), await store(Results, "p"), await store(Sessions, "s")
        clock = SystemClock()
        await loopback.serve("accounts", lambda _: [Accounts(users=users, clock=clock)])
        await loopback.serve(
            "progress",
            lambda own: [Progress(accounts=AccountsServiceStub(own.channel), results=results)],
            scopes=["accounts.read"],
        )
        await loopback.serve(
            "activity",
            lambda own: [
                Activity(
                    accounts=AccountsServiceStub(own.channel),
                    progress=ProgressServiceStub(own.channel),
                    sessions=sessions,
                    clock=clock,
                )
            ],
            scopes=["accounts.read", "progress.write"],
        )
        yield await loopback.client("journey", scopes=[*SCOPES, "diagnostics.read"])


@pytest.fixture
async def driven(campus, folder):
    """The small data set, driven through `campus`."""
    data, _ = read(folder)
    drive = Drive(campus.channel, tally=Tally(), clock=SystemClock(), random=Random(1))
    await drive.run(learners(data))
    return data
