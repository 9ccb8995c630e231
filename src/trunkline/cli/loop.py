"""Running a coroutine as a process: its log set up, on uvloop where it is installed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from trunkline.config import Settings


def run_to_end(main: Coroutine[object, object, None], settings: Settings) -> None:
    """Run `main` on an event loop of its own until it returns, and log as `settings` say."""
    from trunkline.telemetry.logs import configure

    instance = str(settings.instance) if len(settings.components.get(settings.component, ())) > 1 else ""
    log = settings.log
    configure(
        level=log.level,
        format=log.format,
        component=settings.component,
        instance=instance,
        file=log.file,
        retention_days=log.retention_days,
    )
    with asyncio.Runner(loop_factory=_fastest()) as runner:
        runner.run(main)


async def under_mesh(settings: Settings, function: Callable[[Any], Awaitable[None]]) -> None:
    """Await `function(mesh)` under the mesh of `settings`."""
    from trunkline.mesh import Mesh

    async with Mesh.open(settings) as mesh:
        await function(mesh)


def _fastest() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return loop
