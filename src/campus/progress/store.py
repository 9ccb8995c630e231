"""The completions of progress, kept and summed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, distinct, func, select

from campus.database import Database, Kept, Records
from campus.progress.model import Completion, Result, Totals
from campus.progress.table import completions, metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PRESENTATION = (completions.c.code_module, completions.c.code_presentation)
_SUBMISSIONS = func.count()
_SCORED = func.count(completions.c.score)
_WEIGHTED = func.coalesce(func.sum(completions.c.score * completions.c.weight), 0)

_RESULT = select(_SUBMISSIONS, _SCORED, _WEIGHTED).where(
    completions.c.user_id == bindparam("user_id"),
    completions.c.code_module == bindparam("code_module"),
    completions.c.code_presentation == bindparam("code_presentation"),
)
_TOTALS = select(
    *_PRESENTATION, func.count(distinct(completions.c.user_id)), _SUBMISSIONS, _SCORED, _WEIGHTED
).group_by(*_PRESENTATION)


class Results:
    """Every completion by submission id. Made by `Results.open`.

    All methods raise `Unavailable` where the database did not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._completions = Records(completions, Completion, dialect=database.dialect)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Results]:
        """Open the completions in the database at `url`. Raises `FailedPrecondition` where it cannot be used."""
        async with Database.open(url, metadata) as database:
            yield cls(database)

    async def record(self, completion: Completion) -> Kept[Completion]:
        """Store `completion` unless its submission id is taken, and return what is stored under it."""
        return await self._database.write(self._completions.keep, completion)

    async def of(self, user_id: str, code_module: str, code_presentation: str) -> Result | None:
        """Return a learner's result in one presentation, None where nothing was handed in."""
        learner = {"user_id": user_id, "code_module": code_module, "code_presentation": code_presentation}
        ((submissions, scored, weighted),) = await self._database.rows(_RESULT, learner)
        return Result(submissions, scored, weighted) if submissions else None

    async def totals(self) -> list[Totals]:
        """Count and sum by presentation, in the order of module and presentation."""
        totals = [Totals(*row) for row in await self._database.rows(_TOTALS)]
        # Sorted here: databases differ in how they order texts.
        return sorted(totals, key=lambda row: (row.code_module, row.code_presentation))
