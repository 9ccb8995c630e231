"""The totals as the data set itself has them, worked out without any component."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from campus.journey.totals import Totals, rounded

if TYPE_CHECKING:
    from campus.journey.rows import DataSet, Presentation, Registration


def status(registration: Registration) -> str:
    """Return how a session ends up: a final result is the last word, a withdrawal comes next."""
    if registration.result is not None and registration.result.final:
        return "completed"
    if registration.result is not None or registration.unregistered:
        return "paused"
    return "active"


def expected(data: DataSet) -> dict[str, Totals]:
    """Return the totals by `code_module/code_presentation`."""
    statuses = Counter((one.presentation, status(one)) for one in data.registrations)
    learners: dict[Presentation, set[int]] = {}
    for registration in data.registrations:
        learners.setdefault(registration.presentation, set()).add(registration.id_student)
    submissions: Counter[Presentation] = Counter()
    scored: Counter[Presentation] = Counter()
    sums: dict[Presentation, Decimal] = {}
    for answer in data.answers:
        held = answer.assessment.presentation
        submissions[held] += 1
        if answer.score is not None:
            scored[held] += 1
            sums[held] = sums.get(held, Decimal(0)) + answer.score * answer.assessment.weight / 100
    return {
        str(held): Totals(
            learners=len(learners[held]),
            sessions_active=statuses[held, "active"],
            sessions_paused=statuses[held, "paused"],
            sessions_completed=statuses[held, "completed"],
            submissions=submissions[held],
            scored=scored[held],
            weighted_sum=rounded(sums.get(held, Decimal(0))),
        )
        for held in sorted(learners)
    }
