"""An audit log that a test can look into."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkline.audit.model import Event


class Noted:
    """Keeps every event in `events`, the oldest first."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def write(self, event: Event, /) -> None:
        """Keep `event`."""
        self.events.append(event)

    def note(self, event: Event, /) -> None:
        """Keep `event`."""
        self.events.append(event)
