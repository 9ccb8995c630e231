"""Leaves a record of what was asked and how it ended, before anybody is answered."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline.audit.model import Event
from trunkline.errors import MeshError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trunkline.audit.model import Audit, Outcome


@dataclass(slots=True)
class Note:
    """What is known so far; filled in as more becomes known. `details` hold no secret."""

    kind: str
    source: str
    who: str = ""
    what: str = ""
    details: dict[str, str] = field(default_factory=dict)

    def event(self, outcome: Outcome, reason: str = "") -> Event:
        """Return the event of how it ended."""
        return Event(
            self.kind,
            outcome,
            who=self.who,
            what=self.what,
            source=self.source,
            reason=reason,
            details={name: text for name, text in self.details.items() if text},
        )


@asynccontextmanager
async def noted(audit: Audit, note: Note) -> AsyncIterator[Note]:
    """Write down how the block ended, and only then let its caller know.

    Nobody is given anything that is not on record: where it cannot be written this raises what the log raises. What was
    done stands even so; the error says it, and never that the call was turned away and may simply be tried again: a
    refresh token, or the older of two secrets, would be lost by that. One who asks too often is noted without waiting
    for the disk.
    """
    try:
        yield note
    except MeshError as error:
        event = note.event("refused", error.exactly)
        if error.reason == "TOO_MANY_REQUESTS":
            audit.note(event)
        else:
            await audit.write(event)
        raise
    except asyncio.CancelledError:
        audit.note(note.event("refused", "CANCELLED: the caller gave up; what it asked for may have been done"))
        raise
    except Exception as error:
        await audit.write(note.event("refused", f"UNEXPECTED: {type(error).__name__}"))
        raise
    try:
        await audit.write(note.event("granted"))
    except MeshError as error:
        message = f"what was asked for may stand, but is not on record: {error.message}"
        raise type(error)(error.reason, message, metadata=error.metadata, retry_after=error.retry_after) from error
