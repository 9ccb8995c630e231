"""The sessions and submissions of activity, kept."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from campus.activity.model import Session, Submission, Totals
from campus.activity.table import metadata, sessions, submissions
from campus.activity.totals import TOTALS
from campus.database import Database, Kept, Records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

# Bound names differ from the columns', which an UPDATE keeps for itself.
_TOUCH = (
    update(sessions)
    .where(sessions.c.session_id == bindparam("of_session"), sessions.c.last_active < bindparam("at"))
    .values(last_active=bindparam("at"))
)
_CHANGE = (
    update(sessions)
    .where(sessions.c.session_id == bindparam("of_session"), sessions.c.status == bindparam("from_status"))
    .values(status=bindparam("to_status"), final_result=bindparam("to_result"))
)


class Sessions:
    """Every session and submission by id. Made by `Sessions.open`.

    All methods raise `Unavailable` where the database did not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sessions = Records(sessions, Session, dialect=database.dialect)
        self._submissions = Records(submissions, Submission, dialect=database.dialect)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Sessions]:
        """Open the sessions in the database at `url`. Raises `FailedPrecondition` where it cannot be used."""
        async with Database.open(url, metadata) as database:
            yield cls(database)

    async def add(self, session: Session) -> Session:
        """Store `session` unless its id is taken, and return what is stored under it."""
        return (await self._database.write(self._sessions.keep, session)).record

    async def get(self, session_id: str) -> Session | None:
        """Return the session of that id, None where there is none."""
        return await self._database.read(self._sessions.find, session_id)

    async def change(self, before: Session, after: Session) -> Session:
        """Give the session the status and result of `after` if its status is still that of `before`.

        Returns it as it stands then, changed or not. The session must exist.
        """
        return await self._database.write(self._change, (before, after))

    async def take_in(self, submission: Submission, *, at: int) -> Kept[Submission]:
        """Store `submission` unless its id is taken, and return what is stored under it.

        A new one makes its session active at `at`, nanoseconds since the epoch.
        """
        return await self._database.write(self._take_in, (submission, at))

    async def totals(self) -> list[Totals]:
        """Count sessions and submissions by presentation, in the order of module and presentation."""
        totals = [Totals(*row) for row in await self._database.rows(TOTALS)]
        # Sorted here: databases differ in how they order texts.
        return sorted(totals, key=lambda row: (row.code_module, row.code_presentation))

    async def _change(self, connection: AsyncConnection, moves: Sequence[tuple[Session, Session]]) -> list[Session]:
        wanted = [
            {
                "of_session": before.session_id,
                "from_status": before.status,
                "to_status": after.status,
                "to_result": after.final_result,
            }
            for before, after in moves
        ]
        await connection.execute(_CHANGE, sorted(wanted, key=lambda move: str(move["of_session"])))
        return await self._sessions.have(connection, [before.session_id for before, _ in moves])

    async def _take_in(
        self, connection: AsyncConnection, arrivals: Sequence[tuple[Submission, int]]
    ) -> list[Kept[Submission]]:
        kept = await self._submissions.keep(connection, [submission for submission, _ in arrivals])
        latest: dict[str, int] = {}
        for (submission, at), outcome in zip(arrivals, kept, strict=True):
            if outcome.created:
                latest[submission.session_id] = max(at, latest.get(submission.session_id, at))
        if latest:
            await connection.execute(_TOUCH, [{"of_session": key, "at": at} for key, at in sorted(latest.items())])
        return kept
