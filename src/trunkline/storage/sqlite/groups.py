"""How a group of jobs becomes one transaction."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import apsw

from trunkline.errors import MeshError
from trunkline.storage.sqlite.faults import fault
from trunkline.storage.sqlite.transaction import Transaction
from trunkline.storage.sqlite.worker import Outcome, attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline.clock import Clock
    from trunkline.storage.ports import Change
    from trunkline.storage.sqlite.worker import Job

News = list[tuple[str, "Change"]]


class Writing:
    """Commits a group together. A job that is refused is so alone; where the disk refuses, all are."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, connection: apsw.Connection, jobs: Sequence[Job[Transaction]]) -> tuple[list[Outcome], News]:
        """Run `jobs`; return their outcomes and the commits made, in order."""
        try:
            return self._together(connection, jobs)
        except apsw.FullError as error:
            _undo(connection)
            if len(jobs) == 1:
                return _failed(jobs, error, connection)
        except Exception as error:  # noqa: BLE001 - the thread lives on, the callers of this group are told
            _undo(connection)
            return _failed(jobs, error, connection)
        # The disk may have room for some: each alone, so that none fails for its neighbour's size.
        parts = [self(connection, [job]) for job in jobs]
        return [outcome for outcomes, _ in parts for outcome in outcomes], [one for _, news in parts for one in news]

    def _together(self, connection: apsw.Connection, jobs: Sequence[Job[Transaction]]) -> tuple[list[Outcome], News]:
        connection.execute("BEGIN IMMEDIATE")
        transaction = Transaction(connection, self._clock.time())
        outcomes = [_attempt(job, transaction) for job in jobs]
        transaction.finish()
        connection.execute("COMMIT")
        return outcomes, transaction.changes


def reading(connection: apsw.Connection, jobs: Sequence[Job[apsw.Connection]]) -> tuple[list[Outcome], None]:
    """Run `jobs`, all of which see one moment: not before the last commit that was acknowledged when they came."""
    try:
        connection.execute("BEGIN")
        return [attempt(job, connection, connection.filename) for job in jobs], None
    except apsw.Error as error:
        return _failed(jobs, error, connection)[0], None
    finally:
        _undo(connection)


def _attempt(job: Job[Transaction], transaction: Transaction) -> Outcome:
    try:
        return Outcome(job.future, job.run(transaction))
    except MeshError as refusal:
        return Outcome(job.future, error=refusal)


def _failed(
    jobs: Sequence[Job[Transaction]] | Sequence[Job[apsw.Connection]], error: Exception, connection: apsw.Connection
) -> tuple[list[Outcome], News]:
    return [Outcome(job.future, error=fault(error, connection.filename)) for job in jobs], []


def _undo(connection: apsw.Connection) -> None:
    """End the transaction where SQLite has not done so by itself."""
    with suppress(apsw.Error):  # a disk that fails a rollback fails the next group's BEGIN, and its callers hear
        if connection.in_transaction:
            connection.execute("ROLLBACK")
