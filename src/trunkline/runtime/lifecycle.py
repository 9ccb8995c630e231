"""How a server ends: nobody who called in time is turned away.

    signal -> health NOT_SERVING -> wait `delay` -> turn new calls away, finish the running ones -> close

Turned-away calls are marked as never begun, so that callers whose requests do not stream go elsewhere at once. gRPC's
own graceful stop is not used: it ends some calls as CANCELLED.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.runtime.health import Health
    from trunkline.runtime.server import MeshServer

LINGER = 0.2
"""Seconds for which calls are still refused after the last one has ended, so that callers learn of it."""


class Stop:
    """The wish to stop: `asked` after the first signal, `forced` after the second."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.forced = asyncio.Event()

    def ask(self) -> None:
        """Ask once to stop, twice to force."""
        (self.forced if self.asked.is_set() else self.asked).set()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the wish to stop, where this thread may handle signals."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGTERM, signal.SIGINT)
        try:
            for number in numbers:
                loop.add_signal_handler(number, self.ask)
        except (RuntimeError, ValueError):  # not the main thread: who embeds us stops us
            yield
            return
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)


async def drain(server: MeshServer, health: Health, stop: Stop, *, delay: float, grace: float) -> int:
    """End `server` in order; return how many calls did not finish. Times in seconds."""
    forced = asyncio.create_task(stop.forced.wait())
    orderly = asyncio.create_task(_orderly(server, health, delay=delay, grace=grace))
    try:
        await asyncio.wait({forced, orderly}, return_when=asyncio.FIRST_COMPLETED)
        return orderly.result() if orderly.done() else server.running.count
    finally:
        forced.cancel()
        orderly.cancel()
        await asyncio.gather(forced, orderly, return_exceptions=True)
        await server.stop()


async def _orderly(server: MeshServer, health: Health, *, delay: float, grace: float) -> int:
    await health.drain()
    await asyncio.sleep(delay)
    loop = asyncio.get_running_loop()
    end = loop.time() + grace
    while True:
        left = await server.drain(end - loop.time())
        await asyncio.sleep(LINGER)
        # A call that was let in while its request was still on its way begins only now.
        if left or not server.running.count:
            return left
