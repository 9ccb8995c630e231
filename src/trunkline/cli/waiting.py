"""Waiting for several servers at once, with a progress line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline.cli.plain import complain
from trunkline.supervisor.probe import until_serving

if TYPE_CHECKING:
    from collections.abc import Mapping


async def wait_for_all(addresses: Mapping[str, str], *, service: str, timeout: float) -> dict[str, str]:
    """Wait until every address answers SERVING; return those that did not within `timeout` seconds, each with why."""
    waiting = dict.fromkeys(addresses, "no answer")

    async def one(name: str, address: str) -> None:
        where = "" if name == address else f"{address}: "
        await until_serving(address, service, told=lambda why: waiting.update({name: where + why}))
        del waiting[name]
        complain(f"{name} is ready" + (f"; waiting for {', '.join(waiting)}" if waiting else ""))

    complain(f"waiting for {', '.join(waiting)}")
    try:
        async with asyncio.timeout(timeout), asyncio.TaskGroup() as group:
            for name, address in addresses.items():
                group.create_task(one(name, address))
    except TimeoutError:
        pass
    return waiting
