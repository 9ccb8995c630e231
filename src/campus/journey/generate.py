"""A data set of our own making, in the same five files, for a demo that needs nothing."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from campus.journey.rows import ANSWERS, ASSESSMENTS, COURSES, INFO, REGISTRATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from random import Random

PRESENTATIONS = (("AAA", "2013J", 268), ("AAA", "2014J", 269), ("BBB", "2014B", 234))
# Kind, day of the presentation, weight in percent; an examination has no day, as in the real data set.
ASSESSMENT_PLAN = (("TMA", 19, "12.5"), ("CMA", 54, "7.5"), ("TMA", 117, "30"), ("Exam", None, "50"))
FIRST_ASSESSMENT = 1752
FIRST_STUDENT = 11_391

TAKES_TWO = 0.05
WITHDRAWS = 0.15
NEVER_ENDS = 0.03
BANKED = 0.02
NO_SCORE = 0.01
# Withdrawn learners hand in only what fell due before they left; the others skip one now and then.
HANDS_IN = 0.77

RESULTS = ("Pass", "Distinction", "Fail")
RESULT_WEIGHTS = (75, 8, 17)

Row = tuple[object, ...]


def generate(folder: Path, random: Random, *, learners: int) -> None:
    """Write the five files of `learners` learners to `folder`, which exists: the same ones for the same `random`."""
    places = [(module, run) for module, run, _ in PRESENTATIONS]
    _write(folder / COURSES, ("code_module", "code_presentation", "module_presentation_length"), PRESENTATIONS)
    _write(
        folder / ASSESSMENTS,
        ("code_module", "code_presentation", "id_assessment", "assessment_type", "date", "weight"),
        ((*place, number, kind, day, weight) for place in places for number, kind, day, weight in _plan(place)),
    )
    info: list[Row] = []
    registrations: list[Row] = []
    answers: list[Row] = []
    for student in _students(random, learners):
        for place in random.sample(places, 2 if random.random() < TAKES_TWO else 1):
            result, left = _ending(random)
            info.append((*place, student, random.choice("FM"), random.choice(("0-10%", "?")), result))
            registrations.append((*place, student, random.randint(-180, -10), left))
            answers += _answers(random, place, student, left)
    answers.sort(key=str)
    header = ("code_module", "code_presentation", "id_student")
    _write(folder / INFO, (*header, "gender", "imd_band", "final_result"), info)
    _write(folder / REGISTRATION, (*header, "date_registration", "date_unregistration"), registrations)
    _write(folder / ANSWERS, ("id_assessment", "id_student", "date_submitted", "is_banked", "score"), answers)


def _plan(place: tuple[str, str]) -> list[tuple[int, str, int | None, str]]:
    first = FIRST_ASSESSMENT + 10 * [one[:2] for one in PRESENTATIONS].index(place)
    return [(first + index, kind, day, weight) for index, (kind, day, weight) in enumerate(ASSESSMENT_PLAN)]


def _students(random: Random, count: int) -> Iterable[int]:
    student = FIRST_STUDENT
    for _ in range(count):
        yield student
        student += random.randint(1, 900)


def _ending(random: Random) -> tuple[str, int | None]:
    chance = random.random()
    if chance < WITHDRAWS:
        return "Withdrawn", random.randint(-5, 230)
    if chance < WITHDRAWS + NEVER_ENDS:
        return "?", None
    return random.choices(RESULTS, RESULT_WEIGHTS)[0], None


def _answers(random: Random, place: tuple[str, str], student: int, left: int | None) -> Iterable[Row]:
    for number, _, day, _ in _plan(place):
        due = 240 if day is None else day
        if random.random() >= HANDS_IN or (left is not None and due > left):
            continue
        banked = random.random() < BANKED
        score = "?" if random.random() < NO_SCORE else min(100, max(0, round(random.gauss(72, 16))))
        yield number, student, -1 if banked else due - random.randint(0, 4), int(banked), score


def _write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
