"""The database of one component."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from campus.database.lane import Answer, Batch, Item, Lane
from campus.database.opening import create_tables, open_engine, refusal
from campus.database.outage import outage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from sqlalchemy import Executable, MetaData, Row
    from sqlalchemy.ext.asyncio import AsyncEngine


class Database:
    """Reads and writes of one component, each in groups: see `Lane`. Made by `Database.open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reads = Lane(engine.connect)
        self._writes = Lane(engine.begin)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, metadata: MetaData) -> AsyncIterator[Database]:
        """Open the database at `url` and create what is missing of `metadata`; the folder of an SQLite file too.

        Raises `FailedPrecondition` with one line and no password where it cannot be used.
        """
        try:
            engine = open_engine(url)
        except (SQLAlchemyError, OSError, ImportError, ValueError) as error:
            raise refusal(url, error) from error
        try:
            await _prepare(engine, metadata, url)
            database = cls(engine)
            try:
                yield database
            finally:
                await database.close()
        finally:
            await engine.dispose()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    async def read(self, batch: Batch[Item, Answer], item: Item) -> Answer:
        """Answer `item` from what is committed. Raises `Unavailable` where the database did not answer."""
        return await self._reads.run(batch, item)

    async def write(self, batch: Batch[Item, Answer], item: Item) -> Answer:
        """Write `item` and return once it is durable. Raises `Unavailable` where the database did not answer."""
        return await self._writes.run(batch, item)

    async def rows(self, query: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
        """Run one query by itself. Raises `Unavailable` where the database did not answer."""
        with outage():
            async with self._engine.connect() as connection:
                return (await connection.execute(query, values)).all()

    async def close(self) -> None:
        """Return when every read and write that was asked for is done."""
        await self._reads.close()
        await self._writes.close()


async def _prepare(engine: AsyncEngine, metadata: MetaData, url: str) -> None:
    try:
        await create_tables(engine, metadata)
    except (SQLAlchemyError, OSError, TypeError, ValueError) as error:
        # The latter two: a part of the URL that its driver does not know.
        raise refusal(url, error) from error
