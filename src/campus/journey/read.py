"""A folder of the data set's files, read and checked."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from campus.journey.index import Index
from campus.journey.refused import Refused
from campus.journey.rows import ANSWERS, ASSESSMENTS, COURSES, FILES, INFO, REGISTRATION, BadRow, DataSet
from campus.journey.source import Source
from campus.journey.tables import Answers, Assessments, Courses, Info, Registrations

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path) -> tuple[DataSet, list[BadRow]]:
    """Read the five files. Return what the good rows say, and the bad rows by file and line.

    A row that leans on a bad row of another file is bad too, so the good ones always fit together.
    Raises Refused where a file or column is not there, or where no learner is registered.
    """
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise Refused(f"{folder}: no file {', '.join(missing)}" if folder.is_dir() else f"{folder}: no such folder")
    courses = Index(Source(folder / COURSES, Courses.COLUMNS), Courses())
    assessments = Index(Source(folder / ASSESSMENTS, Assessments.COLUMNS), Assessments(courses))
    info = Index(Source(folder / INFO, Info.COLUMNS), Info(courses))
    registrations = Index(Source(folder / REGISTRATION, Registrations.COLUMNS), Registrations(info))
    answers = Index(Source(folder / ANSWERS, Answers.COLUMNS), Answers(assessments, registrations))
    bad = [*chain(courses.bad, assessments.bad, info.bad, registrations.bad, answers.bad)]
    if not registrations.good and not bad:
        raise Refused(f"{folder / REGISTRATION}: has no rows")
    indexes = (courses, assessments, info, registrations, answers)
    rows = {index.file.removesuffix(".csv"): len(index.good) for index in indexes}
    return DataSet(tuple(registrations.good.values()), tuple(answers.good.values()), rows), bad
