"""A data set learner by learner, as the calls that bring each through the campus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from campus.api.accounts.v1.accounts_pb2 import RegisterUserRequest
from campus.api.activity.v1 import activity_pb2 as activity
from campus.journey.identify import session_id, submission_id, user_id, username
from campus.journey.rows import ANSWERS, INFO, REGISTRATION, Result
from trunkline.api.entities.v1.user_pb2 import User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

    from campus.journey.rows import Answer, DataSet, Presentation, Registration

FINAL_RESULTS = {
    Result.PASS: activity.FINAL_RESULT_PASS,
    Result.DISTINCTION: activity.FINAL_RESULT_DISTINCTION,
    Result.FAIL: activity.FINAL_RESULT_FAIL,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One call: the method by its name, and `row` in words, for whoever must look the row up."""

    method: str
    request: Message
    row: str


@dataclass(frozen=True, slots=True)
class Learner:
    """All that one learner does, in every presentation taken."""

    id_student: int
    registrations: tuple[Registration, ...]
    answers: tuple[Answer, ...]

    def steps(self) -> Iterator[Step]:
        """Yield the calls in the order they must be made in, each request made when it is asked for."""
        yield _register(self.id_student)
        yield from map(_open, self.registrations)
        yield from map(_submit, self.answers)
        yield from filter(None, map(_end, self.registrations))


def learners(data: DataSet) -> list[Learner]:
    """Return the learners of a data set in the order of their first registration."""
    registrations: dict[int, list[Registration]] = {}
    answers: dict[int, list[Answer]] = {}
    for registration in data.registrations:
        registrations.setdefault(registration.id_student, []).append(registration)
    for answer in data.answers:
        answers.setdefault(answer.id_student, []).append(answer)
    return [Learner(one, tuple(taken), tuple(answers.get(one, ()))) for one, taken in registrations.items()]


def count_steps(data: DataSet) -> int:
    """Return how many calls the whole data set takes when each succeeds at once."""
    users = len({one.id_student for one in data.registrations})
    ends = sum(1 for one in data.registrations if one.unregistered or one.result is not None)
    return users + len(data.registrations) + len(data.answers) + ends


def _register(student: int) -> Step:
    user = User(user_id=user_id(student), username=username(student))
    return Step("RegisterUser", RegisterUserRequest(user=user), f"{REGISTRATION}: id_student {student}")


def _open(registration: Registration) -> Step:
    student, held = registration.id_student, registration.presentation
    request = activity.OpenSessionRequest(
        session_id=session_id(student, held),
        user_id=user_id(student),
        presentation=activity.Presentation(code_module=held.code_module, code_presentation=held.code_presentation),
    )
    return Step("OpenSession", request, _row(REGISTRATION, student, held))


def _submit(answer: Answer) -> Step:
    assessment = answer.assessment
    submission = activity.Submission(
        submission_id=submission_id(answer),
        session_id=session_id(answer.id_student, assessment.presentation),
        assessment_id=str(assessment.id_assessment),
        weight=float(assessment.weight),
        score=None if answer.score is None else float(answer.score),
        banked=answer.banked,
        day=answer.day,
    )
    row = f"{ANSWERS}: id_assessment {assessment.id_assessment}, id_student {answer.id_student}"
    return Step("Submit", activity.SubmitRequest(submission=submission), row)


def _end(registration: Registration) -> Step | None:
    student, held, result = registration.id_student, registration.presentation, registration.result
    session = session_id(student, held)
    if result is not None and result.final:
        request = activity.CompleteSessionRequest(session_id=session, final_result=FINAL_RESULTS[result])
        return Step("CompleteSession", request, _row(INFO, student, held))
    if registration.unregistered or result is not None:
        return Step("PauseSession", activity.PauseSessionRequest(session_id=session), _row(REGISTRATION, student, held))
    return None


def _row(file: str, student: int, held: Presentation) -> str:
    return f"{file}: id_student {student} in {held}"
