from __future__ import annotations

from random import Random

import pytest

from campus.api.accounts.v1.accounts_pb2 import RegisterUserResponse
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceServicer
from campus.journey.drive import Drive, DriveError
from campus.journey.expected import expected
from campus.journey.learners import Learner, count_steps, learners
from campus.journey.read import read
from campus.journey.reported import reported
from campus.journey.tally import Tally
from trunkline import AlreadyExists, DeadlineExceeded, ResourceExhausted, SystemClock, Unauthenticated, Unavailable
from trunkline.testing.loopback import Loopback


def drive(mesh, tally, **options):
    return Drive(mesh.channel, tally=tally, clock=SystemClock(), random=Random(1), **options)


async def test_the_campus_counts_what_the_data_set_says(campus, folder):
    data, _ = read(folder)
    tally = Tally()
    await drive(campus, tally).run(learners(data))
    assert await reported(campus.channel) == (expected(data), [])
    assert (tally.calls, tally.submitted, tally.resent) == (count_steps(data), 5, 0)


async def test_driving_everything_twice_counts_it_once(campus, folder):
    data, _ = read(folder)
    for _ in range(2):
        await drive(campus, Tally()).run(learners(data))
    assert await reported(campus.channel) == (expected(data), [])


class Moody(AccountsServiceServicer):
    """Fails with each of `errors` in turn, then does as it is told."""

    def __init__(self, *errors):
        self.errors = list(errors)

    async def RegisterUser(self, request, context):
        if self.errors:
            raise self.errors.pop(0)
        return RegisterUserResponse()

    async def GetUser(self, request, context):
        raise AssertionError("the journey asks for no user")

    async def ListUsers(self, request, context):
        raise AssertionError("the journey asks for no users")
        yield


@pytest.fixture
async def accounts():
    """Serve accounts by `Moody` alone; return the mesh of a client."""
    async with Loopback() as loopback:

        async def accounts(*errors):
            await loopback.serve("accounts", lambda _: [Moody(*errors)])
            return await loopback.client("journey", scopes=["accounts.write"])

        yield accounts


NEWCOMER = Learner(7, (), ())


@pytest.mark.parametrize("error", [Unavailable, DeadlineExceeded, ResourceExhausted, Unauthenticated])
async def test_a_failure_that_passes_is_sent_again_and_counted(accounts, error):
    # More of them than the four attempts that the contract allows to the mesh.
    mesh = await accounts(*(error("BUSY") for _ in range(6)))
    tally = Tally()
    await drive(mesh, tally).run([NEWCOMER])
    assert tally.calls == 1
    assert tally.resent >= 1


async def test_a_refusal_stops_the_run_with_a_line_that_names_the_row(accounts):
    mesh = await accounts(AlreadyExists("USER_DIFFERS", "somebody else has it"))
    tally = Tally()
    with pytest.raises(DriveError) as caught:
        await drive(mesh, tally).run([NEWCOMER] * 100)
    assert str(caught.value) == (
        "studentRegistration.csv: id_student 7: RegisterUser: ALREADY_EXISTS USER_DIFFERS: somebody else has it"
    )


async def test_patience_has_an_end(accounts):
    mesh = await accounts(*(Unavailable("BUSY") for _ in range(50)))
    with pytest.raises(DriveError, match=r"id_student 7: RegisterUser failed for 0 s: UNAVAILABLE BUSY"):
        await drive(mesh, Tally(), patience=0.0).run([NEWCOMER])
