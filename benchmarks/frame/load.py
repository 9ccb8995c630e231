"""Two ways to make calls: many in flight, and one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

Call = Callable[[], Awaitable[object]]


async def flood(call: Call, *, calls: int, in_flight: int) -> float:
    """Make `calls` calls, `in_flight` at a time; return the seconds it took."""
    turns = iter(range(calls))

    async def worker() -> None:
        for _ in turns:
            await call()

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return time.perf_counter() - start


async def one_by_one(call: Call, *, calls: int) -> list[float]:
    """Make `calls` calls, each after the answer to the last; return how long each took, in microseconds."""
    latencies = []
    for _ in range(calls):
        start = time.perf_counter_ns()
        await call()
        latencies.append((time.perf_counter_ns() - start) / 1000)
    return latencies
