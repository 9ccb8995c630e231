"""The metrics over HTTP, for Prometheus to fetch: `GET /metrics`."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from trunkline.telemetry.exposition import CONTENT_TYPE
from trunkline.web import Document, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATH = "/metrics"

logger = logging.getLogger(__name__)


@asynccontextmanager
async def scraped(listen: str | None, render: Callable[[], str]) -> AsyncIterator[None]:
    """Serve metrics at `listen` for as long as the block lasts; without `listen`, do nothing.

    Raises OSError where the port is taken.
    """
    if listen is None:
        yield
        return
    async with serving({PATH: lambda: Document(render(), CONTENT_TYPE)}, listen, what="metrics") as address:
        logger.info("metrics at http://%s%s", address, PATH)
        yield
