"""A database that does not answer, told apart from one that refuses."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trunkline import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSING = ("08", "40", "53", "57", "58")
"""Classes of SQLSTATE: no connection, rolled back for another's sake, out of resources, shut down, failing disk."""


@contextmanager
def outage() -> Iterator[None]:
    """Raise `Unavailable` where the database is away, locked or full: trying again may help."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        if not is_outage(error):
            raise
        raise Unavailable("DATABASE_UNAVAILABLE", "the component's database did not answer") from error


def is_outage(error: SQLAlchemyError | OSError) -> bool:
    """Whether the cause lies with the database and not with what was asked of it."""
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _state(error).startswith(PASSING)):
        return True
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeout, OSError))


def _state(error: DBAPIError) -> str:
    # PostgreSQL's drivers tell it; that of SQLite knows none.
    return getattr(error.orig, "sqlstate", None) or ""
