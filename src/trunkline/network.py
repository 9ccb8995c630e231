"""Where everything is: the routes of a process, made from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.resilience.balancer import Rotation
from trunkline.resilience.budget import Budget
from trunkline.runtime.options import channel_options
from trunkline.runtime.pool import Endpoint, Pool, Routes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline.clock import Clock
    from trunkline.config import Settings


def routes_from(settings: Settings, clock: Clock) -> Routes:
    """Return the routes to every component that `settings` knows. No connection is made yet."""
    options = channel_options(settings.limits)

    def pool(name: str, addresses: Sequence[str]) -> Pool:
        budget = Budget(ratio=settings.retry.budget_ratio, floor=settings.retry.budget_floor, now=clock.monotonic())
        endpoints = [Endpoint(address, options=options) for address in addresses]
        return Pool(name, endpoints, balancer=Rotation(), budget=budget)

    pools = {name: pool(name, addresses) for name, addresses in settings.components.items() if addresses}
    for route in settings.routes.values():
        if route.component not in pools:
            pools[route.component] = pool(route.component, route.endpoints)
    return Routes({service: route.component for service, route in settings.routes.items()}, pools)
