"""Frozen records, each kept once under its key: insert first, read only where a row stood in the way."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import bindparam, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

R = TypeVar("R")

DIALECTS = ("postgresql", "sqlite")
"""What the components speak: each has an INSERT of its own that knows ON CONFLICT."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[R]):
    """What stands in the table after an attempt to add. `created` says whether that attempt put it there."""

    created: bool
    record: R


class Records(Generic[R]):
    """The rows of `table` as values of `record`, a class whose fields are the columns in their order.

    The methods are batches for `Database.read` and `Database.write`.
    """

    def __init__(self, table: Table, record: type[R], *, dialect: str) -> None:
        (key,) = table.primary_key.columns
        self._make = record
        self._key = key.name
        self._columns = tuple(column.name for column in table.columns)
        # Only the dialect that is spoken is loaded: the other would take 3 MB.
        insert = import_module(f"sqlalchemy.dialects.{dialect}").insert
        self._insert = insert(table).on_conflict_do_nothing().returning(key)
        self._select = select(table).where(key.in_(bindparam("keys", expanding=True)))

    async def insert(self, connection: AsyncConnection, records: Sequence[R]) -> list[bool]:
        """Insert each record unless a row with one of its unique values exists; say which were inserted."""
        rows = {self._key_of(record): self._row(record) for record in reversed(records)}
        # In one order everywhere, so that two writers of the same rows wait for one another and never in a circle.
        result = await connection.execute(self._insert, [rows[key] for key in sorted(rows)])
        inserted = set(result.scalars())
        created = []
        for record in records:
            key = self._key_of(record)
            created.append(key in inserted)
            inserted.discard(key)
        return created

    async def find(self, connection: AsyncConnection, keys: Sequence[str]) -> list[R | None]:
        """Read the records under `keys`; None where there is none."""
        found = await self._read(connection, keys)
        return [found.get(key) for key in keys]

    async def have(self, connection: AsyncConnection, keys: Sequence[str]) -> list[R]:
        """Read the records under `keys`, which must all exist; KeyError otherwise."""
        found = await self._read(connection, keys)
        return [found[key] for key in keys]

    async def keep(self, connection: AsyncConnection, records: Sequence[R]) -> list[Kept[R]]:
        """Insert each record unless its key is taken; answer with what is stored under the key.

        For tables whose key is their only unique value and whose rows are never deleted.
        """
        created = await self.insert(connection, records)
        others = [self._key_of(record) for record, new in zip(records, created, strict=True) if not new]
        stored = iter(await self.have(connection, others) if others else ())
        return [Kept(new, record if new else next(stored)) for record, new in zip(records, created, strict=True)]

    async def _read(self, connection: AsyncConnection, keys: Sequence[str]) -> dict[str, R]:
        result = await connection.execute(self._select, {"keys": sorted(set(keys))})
        records = (self._make(*row) for row in result)
        return {self._key_of(record): record for record in records}

    def _key_of(self, record: R) -> str:
        key: str = getattr(record, self._key)
        return key

    def _row(self, record: R) -> dict[str, Any]:
        return {column: getattr(record, column) for column in self._columns}
