"""Finishes what has begun, whoever gives up waiting for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
_running: set[asyncio.Task[Any]] = set()


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns. A caller that is cancelled leaves at once, and the work goes on to its end.

    For what changes the disk first and then what is known of it: cut off in between, the two would differ.
    """
    task = asyncio.create_task(work)
    _running.add(task)  # the loop alone would not keep it alive
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)
