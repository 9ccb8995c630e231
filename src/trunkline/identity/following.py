"""Follows a watch of the backbone: opened again whenever it ends, for as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from contextvars import Context
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
    from typing import Any

    from trunkline.clock import Clock

T = TypeVar("T")
_log = logging.getLogger(__name__)
_HEALTHY = 10.0  # seconds a watch must have lasted for its end to count as the first failure, not one in a row


class Following(Generic[T]):
    """Gives each message of a watch to `take`, in a task of its own. While the backbone is away nothing is taken back.

    `watch()` opens one watch, whose first message is the full state; `name` is for the log. `backoff(attempt)` says how
    many seconds to pause after the n-th watch in a row that did not last. Call `close` in the end.
    """

    def __init__(
        self,
        name: str,
        watch: Callable[[], AsyncGenerator[T]],
        take: Callable[[T], None],
        *,
        clock: Clock,
        backoff: Callable[[int], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._watch = watch
        self._take = take
        self._clock = clock
        self._backoff = backoff
        self._sleep = sleep
        self._first = asyncio.Event()
        self._next = asyncio.Event()
        self._step: asyncio.Task[None] | None = None
        self._asked = False
        # Context(): the watch outlives whatever it is opened in, and has no deadline or trace from there.
        self._task = asyncio.create_task(self._follow(), context=Context())

    async def first(self) -> None:
        """Wait until the first message was taken. Never fails: bound the wait from outside."""
        await self._first.wait()

    async def anew(self) -> None:
        """Open the watch anew, at once, and wait for its first message. Never fails: bound the wait from outside.

        So the watch stays the one source of the state, and nothing older can ever take the place of what it said.
        """
        self._next = asyncio.Event()
        self._asked = True
        if self._step is not None:
            self._step.cancel()
        await self._next.wait()

    async def close(self) -> None:
        """Stop following."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        short = 0
        while True:
            began = self._clock.monotonic()
            try:
                cut = await self._uncut(self._once())
                cause = "the backbone ended it"
            except Exception as error:  # noqa: BLE001 - whatever went wrong, what is known stays and the watch goes on
                cut, cause = False, str(error) or type(error).__name__
            if cut:
                continue
            short = 1 if self._clock.monotonic() - began >= _HEALTHY else short + 1
            _log.info("%s watch is opened again: %s", self._name, cause)
            await self._uncut(self._pause(self._backoff(short)))

    async def _uncut(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run `work`; return whether it was cut short because the watch is to be opened anew."""
        step = self._step = asyncio.create_task(work)
        try:
            await asyncio.wait({step})
        finally:
            step.cancel()
            await asyncio.gather(step, return_exceptions=True)
        asked, self._asked = self._asked, False
        if not step.cancelled():
            step.result()
        return asked

    async def _pause(self, seconds: float) -> None:
        await self._sleep(seconds)

    async def _once(self) -> None:
        async with aclosing(self._watch()) as messages:
            async for message in messages:
                self._take(message)
                self._first.set()
                self._next.set()
