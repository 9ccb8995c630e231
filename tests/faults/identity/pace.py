"""Doing something at given moments: a load is paced by the clock, not by what it waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def at(moment: float) -> None:
    """Return at `moment` of the running loop's clock, at once where that is over."""
    loop = asyncio.get_running_loop()
    reached = loop.create_future()
    timer = loop.call_at(moment, reached.set_result, None)
    try:
        await reached
    finally:
        timer.cancel()


async def after(seconds: float) -> None:
    """Return when `seconds` have passed."""
    await at(asyncio.get_running_loop().time() + seconds)


async def ticks(rate: float, seconds: float) -> AsyncIterator[float]:
    """Yield `rate` times a second for `seconds`; each tick has its moment, however late the one before it was taken."""
    begin = asyncio.get_running_loop().time()
    for number in range(int(rate * seconds)):
        moment = begin + number / rate
        await at(moment)
        yield moment
