"""The shared `Session` and activity's contract messages to and from its own values; the only place where they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from campus.activity.model import FinalResult, Session, Status, Submission
from campus.api.activity.v1 import activity_pb2
from campus.api.progress.v1.progress_pb2 import RecordCompletionRequest
from trunkline.api.entities.v1 import session_pb2

if TYPE_CHECKING:
    from campus.activity.model import Totals

COMPONENT = "activity"


def entity_of(session: Session) -> session_pb2.Session:
    """Return the shared session of a row."""
    data = Struct()
    data["code_module"] = session.code_module
    data["code_presentation"] = session.code_presentation
    if session.final_result is not None:
        data["final_result"] = session.final_result.value
    return session_pb2.Session(
        session_id=session.session_id,
        user_id=session.user_id,
        component=COMPONENT,
        activity_data=data,
        started_at=_timestamp(session.started_at),
        last_active=_timestamp(session.last_active),
        status=session_pb2.SessionStatus.Value(f"SESSION_STATUS_{session.status.name}"),
    )


def session_of(entity: session_pb2.Session) -> Session:
    """Return the row of a shared session. Raises ValueError where it is not one of activity's."""
    if entity.component != COMPONENT:
        raise ValueError(f"the session {entity.session_id} belongs to {entity.component!r}")
    data = {key: value.string_value for key, value in entity.activity_data.fields.items()}
    result = data.pop("final_result", None)
    if data.keys() != {"code_module", "code_presentation"}:
        raise ValueError(f"the session {entity.session_id} does not name its presentation, and that alone")
    return Session(
        session_id=entity.session_id,
        user_id=entity.user_id,
        code_module=data["code_module"],
        code_presentation=data["code_presentation"],
        status=Status[session_pb2.SessionStatus.Name(entity.status).removeprefix("SESSION_STATUS_")],
        final_result=None if result is None else FinalResult(result),
        started_at=entity.started_at.ToNanoseconds(),
        last_active=entity.last_active.ToNanoseconds(),
    )


def opened(request: activity_pb2.OpenSessionRequest, *, at: int) -> Session:
    """Return the session a request opens at `at`, nanoseconds since the epoch."""
    return Session(
        session_id=request.session_id,
        user_id=request.user_id,
        code_module=request.presentation.code_module,
        code_presentation=request.presentation.code_presentation,
        status=Status.ACTIVE,
        final_result=None,
        started_at=at,
        last_active=at,
    )


def moment_of(seconds: float) -> int:
    """Return the nanoseconds of a clock's seconds since the epoch, to the microsecond that a float can tell."""
    return round(seconds * 10**6) * 1000


def result_of(result: activity_pb2.FinalResult.ValueType) -> FinalResult:
    """Return the result that a number of the contract stands for. Raises KeyError where it stands for none."""
    return FinalResult[activity_pb2.FinalResult.Name(result).removeprefix("FINAL_RESULT_")]


def submission_of(message: activity_pb2.Submission) -> Submission:
    """Return the row of a submission."""
    return Submission(
        submission_id=message.submission_id,
        session_id=message.session_id,
        assessment_id=message.assessment_id,
        weight=message.weight,
        score=message.score if message.HasField("score") else None,
        banked=message.banked,
        day=message.day,
    )


def message_of(submission: Submission) -> activity_pb2.Submission:
    """Return the submission of a row."""
    return activity_pb2.Submission(
        submission_id=submission.submission_id,
        session_id=submission.session_id,
        assessment_id=submission.assessment_id,
        weight=submission.weight,
        score=submission.score,
        banked=submission.banked,
        day=submission.day,
    )


def completion_of(session: Session, submission: Submission) -> RecordCompletionRequest:
    """Return what progress is told of a submission in `session`."""
    return RecordCompletionRequest(
        submission_id=submission.submission_id,
        user_id=session.user_id,
        code_module=session.code_module,
        code_presentation=session.code_presentation,
        assessment_id=submission.assessment_id,
        weight=submission.weight,
        score=submission.score,
    )


def totals_of(totals: Totals) -> activity_pb2.ActivityTotals:
    """Return the totals of one presentation as the contract tells them."""
    return activity_pb2.ActivityTotals(
        presentation=activity_pb2.Presentation(
            code_module=totals.code_module, code_presentation=totals.code_presentation
        ),
        learners=totals.learners,
        sessions_active=totals.sessions_active,
        sessions_paused=totals.sessions_paused,
        sessions_completed=totals.sessions_completed,
        submissions=totals.submissions,
    )


def _timestamp(nanoseconds: int) -> Timestamp:
    return Timestamp(seconds=nanoseconds // 10**9, nanos=nanoseconds % 10**9)
