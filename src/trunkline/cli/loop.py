"""Running a coroutine as a process: on uvloop where it is installed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def run_to_end(main: Coroutine[object, object, None]) -> None:
    """Run `main` on an event loop of its own until it returns."""
    with asyncio.Runner(loop_factory=_fastest()) as runner:
        runner.run(main)


def _fastest() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return loop
