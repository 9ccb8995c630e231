"""Drives every method of campus with marked values in all that its contract hides, then looks for the marks.

Everything a process lets out is kept: its log at debug level on all loggers, its spans as exported and as
diagnostics tell them, its metrics, its settings, its audit log, and what callers are told of errors.
"""

from __future__ import annotations

import io
import logging
import traceback
from contextlib import AsyncExitStack

import grpc
import pytest
import structlog

from campus.accounts.service import Accounts
from campus.accounts.store import Users
from campus.activity.service import Activity
from campus.activity.store import Sessions
from campus.api.accounts.v1 import accounts_pb2 as accounts
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.activity.v1 import activity_pb2 as activity
from campus.api.activity.v1.activity_pb2_grpc import ActivityServiceStub
from campus.api.progress.v1 import progress_pb2 as progress
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from campus.progress.service import Progress
from campus.progress.store import Results
from trunkline import Interceptor, MeshError, SystemClock
from trunkline.api.diagnostics.v1 import diagnostics_pb2 as diagnostics
from trunkline.api.diagnostics.v1.diagnostics_pb2_grpc import DiagnosticsServiceStub
from trunkline.api.entities.v1.user_pb2 import Profile, User
from trunkline.telemetry.logs import configure
from trunkline.testing import Loopback

MARK = "zqx7mark"
USER, SESSION, SUBMISSION = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123")
SCOPES = [f"{name}.{verb}" for name in ("accounts", "activity", "progress") for verb in ("read", "write")]
SCOPES.append("diagnostics.read")
NAMES = ("accounts", "activity", "progress")
PRESENTATION = activity.Presentation(code_module="AAA", code_presentation="2013J")


def marked(**changes) -> User:
    profile = Profile(first_name=f"first-{MARK}", last_name=f"last-{MARK}")
    return User(**({"user_id": USER, "username": "ada", "email": f"{MARK}@example.com", "profile": profile} | changes))


class Inner(Interceptor):
    """Sees the tokens, and breaks a call inside of everything, the message in its text, as a careless handler would."""

    def __init__(self):
        self.error = None
        self.tokens = []

    def bind(self, method, side):
        return self if side.name == "SERVER" else None

    def admit(self, call):
        self.tokens.append(call.headers["authorization"].partition(" ")[2])

    def message(self, call, message):
        if self.error is not None:
            raise self.error(f"cannot do {message} for {message!r}")


class Out:
    """All that got out, and from where."""

    def __init__(self):
        self.log = io.StringIO()
        self.told: list[str] = []

    def marks(self) -> list[str]:
        texts = [*self.log.getvalue().splitlines(), *"\n".join(self.told).splitlines()]
        return [text for text in texts if MARK in text]


@pytest.fixture
def out():
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    out = Out()
    configure(level="debug", format="json", component="campus", stream=out.log)
    yield out
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture
async def campus(tmp_path, out):
    """Three components on real sockets and databases, and a client that may do everything."""
    settings = {"log": {"one_in": 1, "level": "debug"}, "tracing": {"sample_ratio": 1.0}, "validate_responses": True}
    async with AsyncExitStack() as stack:
        users = await stack.enter_async_context(Users.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db"))
        results = await stack.enter_async_context(Results.open(f"sqlite+aiosqlite:///{tmp_path}/progress.db"))
        sessions = await stack.enter_async_context(Sessions.open(f"sqlite+aiosqlite:///{tmp_path}/activity.db"))
        loopback = await stack.enter_async_context(Loopback(**settings))
        clock = SystemClock()
        loopback.inner = Inner()
        inner = {"scopes": SCOPES, "interceptors": [loopback.inner]}
        await loopback.serve("accounts", lambda _: [Accounts(users=users, clock=clock)], **inner)
        await loopback.serve("progress", lambda own: [progress_of(own, results)], **inner)
        await loopback.serve("activity", lambda own: [activity_of(own, sessions, clock)], **inner)
        # Completions come from activity alone, so this is whom the client is.
        loopback.user = await loopback.client("activity", scopes=SCOPES)
        yield loopback
        await tell(loopback, out)


def progress_of(own, results):
    return Progress(accounts=AccountsServiceStub(own.channel), results=results)


def activity_of(own, sessions, clock):
    stubs = {"accounts": AccountsServiceStub(own.channel), "progress": ProgressServiceStub(own.channel)}
    return Activity(**stubs, sessions=sessions, clock=clock)


async def tell(loopback, out):
    """Collect what the processes say of themselves when they are asked."""
    for mesh in [loopback.user, *(mesh for mesh, _ in loopback._servers)]:
        for trace in mesh.recent_traces(1000):
            out.told.append(str(mesh.trace(trace)))
        recorder = mesh._telemetry.recorder
        out.told += [f"{span.name} {dict(span.attributes)} {span.events}" for span in recorder.recent_roots(1000)]
        out.told.append(mesh._telemetry.metrics.render())
    for name in NAMES:
        stub = DiagnosticsServiceStub(loopback.user.component(name))
        out.told.append(str(await stub.GetSettings(diagnostics.GetSettingsRequest())))
        out.told.append(str(await stub.GetCalls(diagnostics.GetCallsRequest())))
    out.told += [str(event) for event in loopback.events]


def calls(loopback, user: User):
    """Every method of campus, each with a request."""
    channel = loopback.user.channel
    stub, at = AccountsServiceStub(channel), {"user_id": USER, "code_module": "AAA", "code_presentation": "2013J"}
    yield stub.RegisterUser(accounts.RegisterUserRequest(user=user))
    yield stub.GetUser(accounts.GetUserRequest(user_id=USER))
    yield drained(stub.ListUsers(accounts.ListUsersRequest()))
    stub = ActivityServiceStub(channel)
    opened = activity.OpenSessionRequest(session_id=SESSION, user_id=USER, presentation=PRESENTATION)
    yield stub.OpenSession(opened)
    submission = activity.Submission(
        submission_id=SUBMISSION, session_id=SESSION, assessment_id="7", weight=10, score=50
    )
    yield stub.Submit(activity.SubmitRequest(submission=submission))
    yield stub.PauseSession(activity.PauseSessionRequest(session_id=SESSION))
    yield stub.GetSession(activity.GetSessionRequest(session_id=SESSION))
    yield stub.CompleteSession(activity.CompleteSessionRequest(session_id=SESSION, final_result="FINAL_RESULT_PASS"))
    yield stub.GetTotals(activity.GetTotalsRequest())
    stub = ProgressServiceStub(channel)
    completion = {"submission_id": SUBMISSION, "assessment_id": "7", "weight": 10, "score": 50}
    yield stub.RecordCompletion(progress.RecordCompletionRequest(**at, **completion))
    yield stub.GetProgress(progress.GetProgressRequest(**at))
    yield stub.GetTotals(progress.GetTotalsRequest())


async def drained(stream):
    return [message async for message in stream]


async def outcomes(loopback, out, user: User) -> list[str]:
    """Make every call; keep what its caller is told of a failure, and return the reasons."""
    reasons = []
    for call in calls(loopback, user):
        try:
            await call
        except MeshError as error:
            reasons.append(error.reason)
            out.told += [f"{error!r} {vars(error)}", "".join(traceback.format_exception(error))]
        else:
            reasons.append("")
    return reasons


async def test_calls_that_succeed_tell_nothing_of_what_they_carry(campus, out):
    assert await outcomes(campus, out, marked()) == [""] * 12
    (stored,) = await drained(AccountsServiceStub(campus.user.channel).ListUsers(accounts.ListUsersRequest()))
    assert stored.user.email == f"{MARK}@example.com"
    await tell(campus, out)
    assert "RegisterUser" in out.log.getvalue()
    assert out.marks() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"email": f"no address {MARK}"},
        {"profile": Profile(first_name=MARK * 20)},
        {"profile": Profile(last_name=MARK * 20)},
        {"profile": Profile(first_name=f"{MARK}\0")},
        {"user_id": "none"},
        {"username": "not a name"},
    ],
)
async def test_refused_values_are_not_told(campus, out, changes):
    reasons = await outcomes(campus, out, marked(**changes))
    assert reasons[0] in {"INVALID_REQUEST", "TEXT_WITH_NUL"}
    await tell(campus, out)
    assert out.marks() == []


async def test_a_conflict_does_not_tell_what_is_stored_already(campus, out):
    await outcomes(campus, out, marked())
    reasons = await outcomes(campus, out, marked(email=f"other-{MARK}@example.com"))
    assert reasons[0] == "USER_EXISTS"
    await tell(campus, out)
    assert out.marks() == []


@pytest.mark.parametrize(
    "error", [ValueError, KeyError, RuntimeError, lambda text: ExceptionGroup(text, [OSError(text)])]
)
async def test_what_a_handler_did_not_mean_to_raise_is_logged_without_what_is_hidden(campus, out, error):
    campus.inner.error = error
    assert await outcomes(campus, out, marked()) == ["UNEXPECTED"] * 12
    campus.inner.error = None
    await tell(campus, out)
    assert "Traceback" in out.log.getvalue()
    assert "cannot do" in out.log.getvalue()
    assert out.marks() == []


async def test_tokens_are_nowhere(campus, out):
    await outcomes(campus, out, marked())
    request = accounts.GetUserRequest(user_id=USER)
    async with grpc.aio.insecure_channel(campus.address("accounts")) as channel:
        stub = AccountsServiceStub(channel)
        for sent in (f"Bearer {MARK}.{MARK}.{MARK}", f"Basic {MARK}", f"Bearer {campus.inner.tokens[0][:-4]}aaaa"):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.GetUser(request, metadata=[("authorization", sent)])
            out.told.append(caught.value.debug_error_string())
    await tell(campus, out)
    assert len(campus.events) == 3
    assert out.marks() == []
    signatures = {token.rpartition(".")[2] for token in campus.inner.tokens}
    assert not [one for one in signatures if one in out.log.getvalue() + "".join(out.told)]
