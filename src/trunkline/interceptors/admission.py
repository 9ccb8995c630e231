"""Turns calls away that the server could not serve well: too many at once, or too much metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import ResourceExhausted
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.call import Call, Method, Side


class Concurrency(Interceptor):
    """Runs at most `max_concurrency` calls of a method at once; composed only where the contract gives one."""

    def __init__(self, limit: int = 0) -> None:
        self._limit = limit
        self._running = 0

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Give each method with a limit a counter of its own."""
        limit = method.policy.max_concurrency
        return Concurrency(limit) if limit else None

    def around(self, call: Call) -> Iterator[None]:
        """Count the call while it runs. Raises ResourceExhausted, with a pause to wait, where the limit is reached."""
        if self._running >= self._limit:
            text = f"{call.method.full_name} runs {self._limit} calls at once already"
            raise ResourceExhausted("TOO_MANY_CALLS", text, retry_after=0.1, refused=True)
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1


class MetadataLimit(Interceptor):
    """Refuses a call that brings more than `entries` metadata entries; their size is bounded by the transport."""

    def __init__(self, entries: int) -> None:
        self._entries = entries

    def admit(self, call: Call) -> None:
        """Raise ResourceExhausted where there are too many."""
        if len(call.metadata) > self._entries:
            text = f"{len(call.metadata)} metadata entries; this server takes {self._entries}"
            raise ResourceExhausted("TOO_MUCH_METADATA", text)
