"""Sessions and submissions as activity keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """Where a session stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"


class FinalResult(Enum):
    """How a completed session ended."""

    PASS = "Pass"  # noqa: S105 (a mark, no password)
    DISTINCTION = "Distinction"
    FAIL = "Fail"


@dataclass(frozen=True, slots=True)
class Session:
    """A learner's enrolment in one presentation of a module. Times are nanoseconds since the epoch.

    `final_result` is set when, and only when, the session is completed.
    """

    session_id: str
    user_id: str
    code_module: str
    code_presentation: str
    status: Status
    final_result: FinalResult | None
    started_at: int
    last_active: int

    def same_as(self, other: Session) -> bool:
        """Whether both are the same learner's enrolment in the same presentation, wherever they stand."""
        mine = (self.session_id, self.user_id, self.code_module, self.code_presentation)
        return mine == (other.session_id, other.user_id, other.code_module, other.code_presentation)


@dataclass(frozen=True, slots=True)
class Submission:
    """A piece of assessed work. Weight in percent, score 0 to 100 or None, day after the start of the presentation."""

    submission_id: str
    session_id: str
    assessment_id: str
    weight: float
    score: float | None
    banked: bool
    day: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What activity counts in one presentation."""

    code_module: str
    code_presentation: str
    learners: int
    sessions_active: int
    sessions_paused: int
    sessions_completed: int
    submissions: int
