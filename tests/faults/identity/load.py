"""Calls at a steady rate, each counted and timed from the moment it was due."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from faults.identity.pace import ticks

from trunkline.errors import MeshError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MOST_AT_ONCE = 2_000


@dataclass(slots=True)
class Tally:
    """What became of the calls: `failed` by reason, `late` the milliseconds from due to answered of those that were."""

    sent: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Return how many milliseconds that share of the answered calls took at most."""
        ordered = sorted(self.late)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


async def load(call: Callable[[], Awaitable[object]], *, rate: float, seconds: float, tally: Tally) -> None:
    """Make `rate` calls a second for `seconds`; return when the last has ended."""
    running: set[asyncio.Task[None]] = set()
    async for due in ticks(rate, seconds):
        if len(running) < MOST_AT_ONCE:
            task = asyncio.create_task(_one(call, due, tally))
            running.add(task)
            task.add_done_callback(running.discard)
        else:
            tally.failed["NOT_SENT"] += 1
        tally.sent += 1
    if running:
        await asyncio.wait(running)


async def _one(call: Callable[[], Awaitable[object]], due: float, tally: Tally) -> None:
    try:
        await call()
    except MeshError as error:
        tally.failed[error.reason] += 1
    else:
        tally.late.append((asyncio.get_running_loop().time() - due) * 1000)
