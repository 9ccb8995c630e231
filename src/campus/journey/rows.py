"""The rows of a data set in the format of the Open University Learning Analytics Dataset, as far as they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

COURSES = "courses.csv"
ASSESSMENTS = "assessments.csv"
INFO = "studentInfo.csv"
REGISTRATION = "studentRegistration.csv"
ANSWERS = "studentAssessment.csv"
FILES = (COURSES, ASSESSMENTS, INFO, REGISTRATION, ANSWERS)


@dataclass(frozen=True, slots=True, order=True)
class Presentation:
    """One run of one module, such as `AAA/2013J`."""

    code_module: str
    code_presentation: str

    def __str__(self) -> str:
        return f"{self.code_module}/{self.code_presentation}"


class Result(Enum):
    """How a presentation ended for a learner, in the words of the data set."""

    PASS = "Pass"  # noqa: S105 - a result, not a secret
    DISTINCTION = "Distinction"
    FAIL = "Fail"
    WITHDRAWN = "Withdrawn"

    @property
    def final(self) -> bool:
        """Whether the learner saw the presentation through to its end."""
        return self is not Result.WITHDRAWN


@dataclass(frozen=True, slots=True)
class Assessment:
    """A piece of work that learners of a presentation hand in. `weight` in percent of the final score."""

    id_assessment: int
    presentation: Presentation
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Registration:
    """A learner in a presentation. `result` is the one in `studentInfo.csv`; None while it is open."""

    id_student: int
    presentation: Presentation
    unregistered: bool
    result: Result | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a learner handed in. `day` counts from the start of the presentation; `score` None where none was given."""

    id_student: int
    assessment: Assessment
    day: int
    banked: bool
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used. `line` counts from 1, the header being the first.

    `cause` is the row whose own fault spoils this one, as `file:line`; empty where the fault is its own.
    """

    file: str
    line: int
    problem: str
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


@dataclass(frozen=True, slots=True)
class DataSet:
    """The good rows of all files. Every answer belongs to a registration. `rows` counts the rows used by file."""

    registrations: tuple[Registration, ...]
    answers: tuple[Answer, ...]
    rows: Mapping[str, int]
