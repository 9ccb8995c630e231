"""Which traces are recorded, decided before any span exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOW = (1 << 64) - 1
_TOP = 1 << 64


class Sampler:
    """Names the spans of calls as traceparent strings, whose last digit says whether they are recorded.

    A child does as its parent. A root is recorded with the probability `ratio`, decided by the low 64 bits of its trace
    id as OpenTelemetry's TraceIdRatioBased does. A guest, whose parent nobody vouches for, keeps the trace and is drawn
    anew. `getrandbits` is the source of ids.
    """

    __slots__ = ("_bound", "_getrandbits")

    def __init__(self, ratio: float, *, getrandbits: Callable[[int], int]) -> None:
        self._bound = round(ratio * (1 << 64))
        self._getrandbits = getrandbits

    def child(self, parent: str) -> str:
        """Return a new span in the trace of `parent`, a traceparent as `propagation` reads it."""
        # The cheapest of six ways to write 16 digits, timed within a call.
        return parent[:36] + hex((self._getrandbits(64) or 1) | _TOP)[3:] + parent[52:]

    def guest(self, parent: str) -> str:
        """Return a new span in the trace of `parent`, recorded or not as this process alone decides.

        Its trace id decides nothing: a stranger may have chosen it so.
        """
        return self.child(parent)[:53] + ("01" if self.draw() else "00")

    def draw(self) -> bool:
        """Say whether to record what no trace id decides."""
        return self._getrandbits(64) < self._bound

    def root(self) -> str:
        """Return the first span of a new trace."""
        trace = self._getrandbits(128) or 1
        return f"00-{trace:032x}-{self._getrandbits(64) or 1:016x}-{'01' if trace & _LOW < self._bound else '00'}"


def is_sampled(traceparent: str) -> bool:
    """Whether the span of a traceparent made by `Sampler` is recorded."""
    return traceparent[54] in "13"
