"""The last spans of this process, kept for whoever asks."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.telemetry.spans import CallSpan


class SpanRecorder:
    """Keeps the last `remember` finished spans and hands each to `export`, where that is given.

    `record` may be called from any thread.
    """

    __slots__ = ("_export", "_ring", "recorded")

    def __init__(self, remember: int, *, export: Callable[[CallSpan], None] | None = None) -> None:
        self._ring: deque[CallSpan] = deque(maxlen=remember)
        self._export = export
        self.recorded = 0

    @property
    def forgotten(self) -> int:
        """Spans that had to make room for later ones."""
        return self.recorded - len(self._ring)

    def record(self, span: CallSpan) -> None:
        """Keep a finished span; the oldest makes room."""
        self._ring.append(span)
        self.recorded += 1
        if self._export is not None:
            self._export(span)

    def spans_of(self, trace_id: str) -> list[CallSpan]:
        """Return the spans of one trace that are still remembered, in the order they started."""
        found = [span for span in list(self._ring) if span.trace_id == trace_id]
        return sorted(found, key=lambda span: span.started)

    def recent_roots(self, limit: int = 20) -> list[CallSpan]:
        """Return the remembered spans that began a trace here, the newest first."""
        roots = [span for span in reversed(list(self._ring)) if not span.parent_id]
        return roots[:limit]
