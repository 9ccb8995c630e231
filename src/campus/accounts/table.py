"""Where accounts keeps its users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import JSON, BigInteger, Column, MetaData, String, Table, Text, TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Dialect

metadata = MetaData()


class Words(TypeDecorator[tuple[str, ...]]):
    """A list of texts in one column."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Sequence[str] | None, dialect: Dialect) -> tuple[str, ...]:  # noqa: ARG002
        """Return what a frozen value can hold."""
        return tuple(value or ())


# Times are nanoseconds in 64 bits: exact, and good until the year 2262.
users = Table(
    "users",
    metadata,
    Column("user_id", String(36), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("preferences", Text),
    Column("roles", Words, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
