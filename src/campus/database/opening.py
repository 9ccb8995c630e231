"""An engine from a URL, or one line that says why not."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from campus.database.nul import refuse_nul
from campus.database.postgresql import await_turn, open_postgresql
from campus.database.records import DIALECTS
from trunkline import FailedPrecondition

if TYPE_CHECKING:
    from sqlalchemy import URL, MetaData
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

# FULL flushes at each commit: what was acknowledged survives the loss of power, not of the process alone.
PRAGMAS = ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL")


def open_engine(url: str) -> AsyncEngine:
    """Make the engine of `url`, and for SQLite the folder of its file. Nothing is connected yet.

    Raises ValueError where the URL cannot serve, ImportError where its driver is not installed, OSError where the
    folder cannot be made, SQLAlchemy's errors for the rest.
    """
    parsed = make_url(url)
    dialect = parsed.get_backend_name()
    if dialect not in DIALECTS:
        raise ValueError(f"{dialect} is not one of {', '.join(DIALECTS)}")
    engine = _open_sqlite(parsed) if dialect == "sqlite" else open_postgresql(parsed)
    event.listen(engine.sync_engine, "before_cursor_execute", refuse_nul, named=True)
    return engine


async def create_tables(engine: AsyncEngine, metadata: MetaData) -> None:
    """Create the tables and indexes of `metadata` that are not there yet."""
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            await await_turn(connection)
        for table in metadata.sorted_tables:
            await connection.execute(CreateTable(table, if_not_exists=True))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                await connection.execute(CreateIndex(index, if_not_exists=True))


def refusal(url: str, error: Exception) -> FailedPrecondition:
    """Return the error that says in one line why the database cannot be used; never with its password."""
    cause = str(error.orig if isinstance(error, DBAPIError) else error) or type(error).__name__
    return FailedPrecondition("DATABASE_UNUSABLE", f"cannot open the database {masked(url)}: {cause.splitlines()[0]}")


def masked(url: str) -> str:
    """Return `url` with `***` for its password and without its query, which may hold another."""
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return re.sub(r"//[^/]*@", "//***@", url.partition("?")[0]) or "(empty)"


def _open_sqlite(url: URL) -> AsyncEngine:
    _make_folder(url)
    engine = create_async_engine(url, hide_parameters=True)
    # At debug level it logs every statement with its values, names and addresses of people among them.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _make_folder(url: URL) -> None:
    if url.database in {None, "", ":memory:"} or "memory" in url.query.get("mode", ""):
        raise ValueError("a database in memory would lose what was acknowledged: name a file")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
