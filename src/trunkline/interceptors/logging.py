"""A line for the calls somebody may ask about: failed, slow, audited, and one in so many of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from trunkline.call import Side
from trunkline.errors import Code, MeshError
from trunkline.runtime.chain import Interceptor
from trunkline.telemetry.hidden import without_hidden
from trunkline.telemetry.spans import SERVER_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.call import Call, Method
    from trunkline.clock import Clock

_WARNINGS = frozenset({Code.RESOURCE_EXHAUSTED, Code.UNAUTHENTICATED, Code.PERMISSION_DENIED})


class Logging(Interceptor):
    """Logs the outcome of calls, never their messages.

    `slow` in seconds; calls with a stream are as long as they are and never count as slow. Of the calls of a method
    that are neither failed, slow nor audited, the first is logged and then each `one_in`th.
    """

    def __init__(self, *, one_in: int, slow: float, clock: Clock) -> None:
        self._one_in = one_in
        self._slow = slow
        self._clock = clock
        self._log = structlog.get_logger("trunkline.calls")

    def bind(self, method: Method, side: Side) -> Interceptor:  # noqa: ARG002 - part of the interface
        """Return what logs the calls of `method`; it has a count of its own."""
        streams = method.shape.streams_requests or method.shape.streams_responses
        slow = float("inf") if streams else self._slow
        return _Lines(self._log, one_in=self._one_in, slow=slow, audit=method.policy.audit, clock=self._clock)


class _Lines(Interceptor):
    def __init__(self, log: Any, *, one_in: int, slow: float, audit: bool, clock: Clock) -> None:
        self._log = log
        self._one_in = one_in
        self._slow = slow
        self._audit = audit
        self._now = clock.monotonic
        self._left = 1

    def around(self, call: Call) -> Iterator[None]:
        started = self._now()
        try:
            yield
        finally:
            took = self._now() - started
            self._left -= 1
            if call.code or took > self._slow or not self._left or self._audit:
                self._write(call, took)

    def _write(self, call: Call, took: float) -> None:
        if self._left <= 0:
            self._left = self._one_in
        level = level_of(call, slow=took > self._slow)
        what = "call failed" if call.code else "call was slow" if took > self._slow else "call"
        getattr(self._log, level)(what, **facts_of(call), ms=round(took * 1000, 3))


def level_of(call: Call, *, slow: bool) -> str:
    """Return the level of a call's line: an error is what its server did wrong, a warning what somebody may look into.

    On the client nothing is worse than a warning: whoever made the call may have mended it.
    """
    code = call.code
    if code is Code.CANCELLED:  # the caller's own wish: how every watch ends
        return "debug"
    refused = isinstance(call.error, MeshError) and call.error.refused
    if code in SERVER_FAULTS and not refused:
        return "error" if call.side is Side.SERVER else "warning"
    return "warning" if code in _WARNINGS or slow else "info"


def facts_of(call: Call) -> dict[str, Any]:
    """Return what a line says of a call that has ended. What is empty is left out."""
    error = call.error
    said = error if isinstance(error, MeshError) else None
    facts = {
        "side": call.side.value,
        "method": call.method.full_name,
        "code": call.code.name if call.code is not None else "",
        "caller": call.principal.subject if call.principal is not None else "",
        "callee": call.component,
        "peer": call.peer,
        "attempts": call.attempt if call.attempt > 1 else 0,
        "reason": said.reason if said else "",
        "error": without_hidden(said.message, said) if said else type(error).__name__ if error is not None else "",
        "trace_id": call.trace_id,
        "span_id": call.trace[36:52],
        "correlation_id": call.correlation_id,
    }
    return {key: value for key, value in facts.items() if value}
