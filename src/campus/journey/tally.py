"""How far the drive has come."""

from __future__ import annotations

import asyncio


class Tally:
    """Counts of one drive. `calls` and `submitted` count what succeeded, `resent` what had to be sent again."""

    def __init__(self) -> None:
        self.calls = 0
        self.submitted = 0
        self.resent = 0
        self._awaited: list[tuple[int, asyncio.Event]] = []

    def add(self, method: str) -> None:
        """Count one call that succeeded."""
        self.calls += 1
        if method == "Submit":
            self.submitted += 1
            for wanted, event in self._awaited:
                if self.submitted >= wanted:
                    event.set()

    async def until(self, submitted: int) -> None:
        """Wait until so many submissions were taken in."""
        event = asyncio.Event()
        if self.submitted < submitted:
            self._awaited.append((submitted, event))
            await event.wait()
