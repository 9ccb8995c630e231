"""The five files of a data set: what a row of each is called by, what it says, which row of another it leans on.

A row is judged by its own values first, so that a fault of its own is never hidden behind that of another row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from campus.journey.rows import Answer, Assessment, Presentation, Registration, Result

if TYPE_CHECKING:
    from campus.journey.cells import Cells
    from campus.journey.index import Index

RESULTS = {result.value: result for result in Result}
FLAGS = {"0": False, "1": True}
LARGEST_ID = 10**15
FURTHEST_DAY = 100_000

Learner = tuple[int, Presentation]


def presentation(cells: Cells) -> Presentation:
    """Read the two columns that four of the files share."""
    return Presentation(cells.name("code_module"), cells.name("code_presentation"))


def identity(cells: Cells, column: str) -> int:
    """Read a number that stands for a learner or an assessment."""
    return cells.whole(column, low=0, high=LARGEST_ID)


class Courses:
    """`courses.csv`."""

    COLUMNS = ("code_module", "code_presentation")

    def key(self, cells: Cells) -> Presentation:
        """Return the presentation."""
        return presentation(cells)

    def value(self, cells: Cells) -> Presentation:
        """Return the presentation."""
        return presentation(cells)


class Assessments:
    """`assessments.csv`."""

    COLUMNS = ("code_module", "code_presentation", "id_assessment", "weight")

    def __init__(self, courses: Index[Presentation, Presentation]) -> None:
        self._courses = courses

    def key(self, cells: Cells) -> int:
        """Return the number of the assessment."""
        return identity(cells, "id_assessment")

    def value(self, cells: Cells) -> Assessment:
        """Return the assessment, of a presentation that exists."""
        held, weight = presentation(cells), cells.number("weight", low=0, high=100)
        self._courses.find(held, named=f"presentation {held}")
        return Assessment(self.key(cells), held, weight)


class Info:
    """`studentInfo.csv`."""

    COLUMNS = ("code_module", "code_presentation", "id_student", "final_result")

    def __init__(self, courses: Index[Presentation, Presentation]) -> None:
        self._courses = courses

    def key(self, cells: Cells) -> Learner:
        """Return the learner within the presentation."""
        return identity(cells, "id_student"), presentation(cells)

    def value(self, cells: Cells) -> Result | None:
        """Return how it ended, None while it is open."""
        held = presentation(cells)
        result = cells.maybe("final_result", lambda: cells.choice("final_result", RESULTS))
        self._courses.find(held, named=f"presentation {held}")
        return result


class Registrations:
    """`studentRegistration.csv`."""

    COLUMNS = ("code_module", "code_presentation", "id_student", "date_unregistration")

    def __init__(self, info: Index[Learner, Result | None]) -> None:
        self._info = info

    def key(self, cells: Cells) -> Learner:
        """Return the learner within the presentation."""
        return identity(cells, "id_student"), presentation(cells)

    def value(self, cells: Cells) -> Registration:
        """Return the registration together with its result."""
        student, held = learner = self.key(cells)
        left = cells.maybe("date_unregistration", lambda: _left(cells)) is not None
        result = self._info.find(learner, named=f"student {student} in {held}")
        return Registration(student, held, left, result)


class Answers:
    """`studentAssessment.csv`."""

    COLUMNS = ("id_assessment", "id_student", "date_submitted", "is_banked", "score")

    def __init__(self, assessments: Index[int, Assessment], registrations: Index[Learner, Registration]) -> None:
        self._assessments = assessments
        self._registrations = registrations

    def key(self, cells: Cells) -> tuple[int, int]:
        """Return the assessment and the learner."""
        return identity(cells, "id_assessment"), identity(cells, "id_student")

    def value(self, cells: Cells) -> Answer:
        """Return the answer, of a learner who is registered where the assessment belongs."""
        number, student = self.key(cells)
        day = cells.whole("date_submitted", low=-FURTHEST_DAY, high=FURTHEST_DAY)
        score = cells.maybe("score", lambda: cells.number("score", low=0, high=100))
        banked = cells.choice("is_banked", FLAGS)
        assessment = self._assessments.find(number, named=f"id_assessment: {number}")
        held = assessment.presentation
        self._registrations.find((student, held), named=f"id_student: {student} in {held}")
        return Answer(student, assessment, day, banked, score)


def _left(cells: Cells) -> int:
    return cells.whole("date_unregistration", low=-FURTHEST_DAY, high=FURTHEST_DAY)
