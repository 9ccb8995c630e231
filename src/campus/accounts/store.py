"""The users of accounts, kept."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from campus.accounts.model import User
from campus.accounts.table import metadata, users
from campus.database import Database, Records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

PAGE = 200

_HOLDERS = select(users).where(
    or_(
        users.c.user_id.in_(bindparam("user_ids", expanding=True)),
        users.c.username.in_(bindparam("usernames", expanding=True)),
    )
)
_PAGE = select(users).where(users.c.user_id > bindparam("after")).order_by(users.c.user_id).limit(bindparam("size"))


class Users:
    """Every user by id. Made by `Users.open`; all methods raise `Unavailable` where the database did not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._users = Records(users, User, dialect=database.dialect)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Users]:
        """Open the users in the database at `url`. Raises `FailedPrecondition` where it cannot be used."""
        async with Database.open(url, metadata) as database:
            yield cls(database)

    async def add(self, user: User) -> User:
        """Store `user` unless its id or username is taken, and return who holds them.

        That is `user` itself where it was stored, else whoever has the id, else whoever has the username.
        """
        return await self._database.write(self._add, user)

    async def get(self, user_id: str) -> User | None:
        """Return the user of that id, None where there is none."""
        return await self._database.read(self._users.find, user_id)

    async def walk(self, after: str, *, page: int = PAGE) -> AsyncIterator[User]:
        """Yield all users after the id `after` in the order of their ids, holding `page` of them at a time."""
        while rows := await self._database.rows(_PAGE, {"after": after, "size": page}):
            for row in rows:
                yield User(*row)
            after = rows[-1].user_id

    async def _add(self, connection: AsyncConnection, wanted: Sequence[User]) -> list[User]:
        created = await self._users.insert(connection, wanted)
        refused = [user for user, new in zip(wanted, created, strict=True) if not new]
        if not refused:
            return list(wanted)
        names = {"user_ids": [user.user_id for user in refused], "usernames": [user.username for user in refused]}
        holders = [User(*row) for row in await connection.execute(_HOLDERS, names)]
        by_id = {user.user_id: user for user in holders}
        by_name = {user.username: user for user in holders}
        return [
            user if new else by_id.get(user.user_id) or by_name[user.username]
            for user, new in zip(wanted, created, strict=True)
        ]
