"""The progress bar of the drive."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rich.console import Console

    from campus.journey.tally import Tally

# The bar is drawn by the event loop, and each drawing takes time from the calls.
EVERY = 0.2


@asynccontextmanager
async def bar(console: Console, tally: Tally, *, total: int) -> AsyncIterator[None]:
    """Show within the block how many of `total` calls the tally has."""
    columns = (
        TextColumn("[bold cyan]journey"),
        BarColumn(bar_width=None, complete_style="cyan", finished_style="green"),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("calls"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, auto_refresh=False, expand=True) as progress:
        task = progress.add_task("journey", total=total)

        def draw() -> None:
            progress.update(task, completed=tally.calls)
            progress.refresh()

        async def follow() -> None:
            while True:
                draw()
                await asyncio.sleep(EVERY)

        following = asyncio.create_task(follow())
        try:
            yield
        finally:
            following.cancel()
            draw()
