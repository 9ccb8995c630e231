"""Calls with a stream have no end of their own, so each caller may keep only so many of them open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import ResourceExhausted
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.call import Call, Method, Side

PAUSE = 1.0
"""Seconds a caller is told to wait."""


class StreamQuota(Interceptor):
    """Lets each caller have `most` calls with a stream open on this server, whatever their methods.

    Stands behind `ServerAuth`: a caller is the component that the token names, all its instances together. Public
    methods have no caller, and are bounded by the streams of a connection and the connections of a process.
    """

    def __init__(self, most: int) -> None:
        self.refused = 0
        self._most = most
        self._open: dict[str, set[Call]] = {}

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Serve the methods that have a stream and a caller; no other pays for it."""
        access = method.policy.access
        public = access is not None and access.public
        streams = method.shape.streams_requests or method.shape.streams_responses
        return self if streams and not public else None

    def around(self, call: Call) -> Iterator[None]:
        """Count the call no longer when it has ended."""
        try:
            yield
        finally:
            if call.principal is not None:
                self._forget(call, call.principal.caller)

    def admit(self, call: Call) -> None:
        """Count the call. Raises ResourceExhausted, with a pause to wait, where its caller has too many open."""
        if call.principal is None:
            return
        caller = call.principal.caller
        running = self._open.setdefault(caller, set())
        if len(running) >= self._most:
            self.refused += 1
            text = f"{caller} has {self._most} streams open at this server already"
            raise ResourceExhausted("TOO_MANY_STREAMS", text, retry_after=PAUSE, refused=True)
        running.add(call)

    def _forget(self, call: Call, caller: str) -> None:
        running = self._open.get(caller)
        if running is not None:
            running.discard(call)
            if not running:
                del self._open[caller]
