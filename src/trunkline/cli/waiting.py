"""Waiting for several servers at once, with a progress line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline.cli.plain import complain
from trunkline.supervisor.probe import until_serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.supervisor.target import Target


async def wait_for_all(targets: Mapping[str, Target], *, service: str, timeout: float) -> dict[str, str]:
    """Wait until every target answers SERVING; return those that did not within `timeout` seconds, each with why."""
    waiting = dict.fromkeys(targets, "no answer")

    async def one(name: str, target: Target) -> None:
        where = "" if name == target.address else f"{target.address}: "
        await until_serving(target, service, told=lambda why: waiting.update({name: where + why}))
        del waiting[name]
        complain(f"{name} is ready" + (f"; waiting for {', '.join(waiting)}" if waiting else ""))

    complain(f"waiting for {', '.join(waiting)}")
    try:
        async with asyncio.timeout(timeout), asyncio.TaskGroup() as group:
            for name, target in targets.items():
                group.create_task(one(name, target))
    except TimeoutError:
        pass
    return waiting
