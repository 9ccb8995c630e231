"""Group commit: concurrent requests share one transaction, and so one flush to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from campus.database.outage import outage
from trunkline import Unavailable

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncConnection

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Batch = Callable[["AsyncConnection", Sequence[Item]], Awaitable[Sequence[Answer]]]
"""Answers several items on one connection, one answer an item in their order. May run again after a failure."""

LARGEST_GROUP = 500


@dataclass(slots=True, eq=False)
class _Request:
    batch: Batch[Any, Any]
    item: Any
    answer: asyncio.Future[Any]


class Lane:
    """Answers concurrent requests in groups: whoever arrives while one group runs joins the next.

    `connect` gives the connection of one group; its end is the commit, and nobody is answered before it.
    """

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]) -> None:
        self._connect = connect
        self._waiting: list[_Request] = []
        self._running: asyncio.Task[None] | None = None

    async def run(self, batch: Batch[Item, Answer], item: Item) -> Answer:
        """Answer `item` by `batch`, together with whatever else asks for the same batch now.

        Raises what the batch raised, `Unavailable` where the database did not answer. A caller that is cancelled
        does not know whether its item was worked on.
        """
        request = _Request(batch, item, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if self._running is None:
            self._running = asyncio.create_task(self._drain())
        answer: Answer = await request.answer
        return answer

    async def close(self) -> None:
        """Return when all that was asked is answered."""
        if self._running is not None:
            await self._running

    async def _drain(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                await self._settle([request for request in group if not request.answer.done()])
        finally:
            self._running = None

    async def _settle(self, group: Sequence[_Request]) -> None:
        if not group:
            return
        try:
            with outage():
                answers = await self._answer(group)
        except Unavailable as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001 (it belongs to whoever waits for the answer)
            await self._part(group, error)
        else:
            for request, answer in answers:
                if not request.answer.done():
                    request.answer.set_result(answer)

    async def _part(self, group: Sequence[_Request], error: Exception) -> None:
        # One bad item fails the transaction of all; alone, only the bad one fails.
        if len(group) == 1:
            _fail(group, error)
            return
        for request in group:
            await self._settle([request])

    async def _answer(self, group: Sequence[_Request]) -> list[tuple[_Request, Any]]:
        kinds: dict[Batch[Any, Any], list[_Request]] = {}
        for request in group:
            kinds.setdefault(request.batch, []).append(request)
        answers: list[tuple[_Request, Any]] = []
        async with self._connect() as connection:
            for batch, requests in kinds.items():
                answered = await batch(connection, [request.item for request in requests])
                answers += zip(requests, answered, strict=True)
        return answers


def _fail(group: Sequence[_Request], error: Exception) -> None:
    for request in group:
        if not request.answer.done():
            request.answer.set_exception(error)
