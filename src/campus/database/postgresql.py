"""What PostgreSQL needs where SQLite needs a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

DRIVER = "asyncpg"
PATIENCE = {"timeout": 5.0, "command_timeout": 15.0}
"""Seconds for a connection and for a statement, unless the URL says otherwise: a server that hangs is one that is away.

A statement's are fewer than a call has by default, so that the call may be tried again.
"""

CREATING = 7400
"""The advisory lock of the database that whoever creates tables holds."""


def open_postgresql(url: URL) -> AsyncEngine:
    """Make the engine of a PostgreSQL URL, by `asyncpg` where it names no driver. Nothing is connected yet."""
    if url.drivername == "postgresql":
        url = url.set(drivername=f"postgresql+{DRIVER}")
    if url.get_driver_name() != DRIVER:
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
    if "sslmode" in url.query:
        # So all other clients of PostgreSQL call it.
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": url.query["sslmode"]})
    patience = {name: seconds for name, seconds in PATIENCE.items() if name not in url.query}
    return create_async_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=patience)


async def await_turn(connection: AsyncConnection) -> None:
    """Return once nobody else creates tables, and keep them from it until the transaction ends.

    IF NOT EXISTS alone lets one of two instances fail that start at once.
    """
    await connection.execute(select(func.pg_advisory_xact_lock(CREATING)))
