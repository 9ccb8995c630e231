"""Completions and what is computed from them, in exact integers."""

from __future__ import annotations

from dataclasses import dataclass

HUNDREDTHS = 100
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Completion:
    """One piece of work handed in. Weight and score are hundredths; `score` is None where none was given."""

    submission_id: str
    user_id: str
    code_module: str
    code_presentation: str
    assessment_id: str
    weight: int
    score: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """A learner's completions in one presentation. `weighted` is the sum of score x weight, both in hundredths."""

    submissions: int
    scored: int
    weighted: int

    @property
    def weighted_score(self) -> float:
        """Sum of score x weight / 100."""
        return weighted_score(self.weighted)


@dataclass(frozen=True, slots=True)
class Totals:
    """All completions of one presentation. `weighted` as in `Result`."""

    code_module: str
    code_presentation: str
    learners: int
    submissions: int
    scored: int
    weighted: int

    @property
    def weighted_sum(self) -> float:
        """Sum of score x weight / 100."""
        return weighted_score(self.weighted)


def hundredths(number: float) -> int:
    """Return `number` in hundredths, rounded to the nearest."""
    return round(number * HUNDREDTHS)


def weighted_score(weighted: int) -> float:
    """Return the score that an exact sum of score x weight in hundredths stands for."""
    return weighted / (HUNDREDTHS * HUNDREDTHS * PERCENT)
