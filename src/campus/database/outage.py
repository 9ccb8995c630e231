"""A database that does not answer, told apart from one that refuses."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trunkline import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeout, OSError))
