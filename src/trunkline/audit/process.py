"""The audit log of a process, as its settings say."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from trunkline.audit.log import AuditLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from trunkline.audit.model import Audit, Event
    from trunkline.clock import Clock
    from trunkline.config import Settings


def folder_of(settings: Settings) -> Path:
    """Return where the logs of a mesh lie."""
    return settings.audit.folder or settings.data_dir / "audit"


@asynccontextmanager
async def audit_of(
    settings: Settings, clock: Clock, *, counter: Callable[[str, str, Callable[[], float]], None]
) -> AsyncIterator[Audit]:
    """Open the log of a process that serves; one that only calls refuses nobody and has none.

    What cannot be kept is told to `counter`. Raises what `AuditLog.open` raises.
    """
    if settings.listen is None:
        yield Nowhere()
        return
    async with AuditLog.open(
        folder_of(settings),
        component=settings.component,
        instance=settings.instance,
        clock=clock,
        retention_days=settings.audit.retention_days,
    ) as log:
        counter("trunkline_audit_dropped", "Events that the audit log could not keep", lambda: log.dropped)
        yield log


class Nowhere:
    """Takes events and keeps none."""

    async def write(self, event: Event, /) -> None:
        """Keep nothing."""

    def note(self, event: Event, /) -> None:
        """Keep nothing."""
