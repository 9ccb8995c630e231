"""Finding records."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.audit.record import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trunkline.audit.chain import Line
    from trunkline.audit.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a record must be like; what is empty is not asked for.

    `kind`, `who` and `what` may be a beginning that ends in `*`, `reason` what stands before its colon. `since` is
    included and `until` is not; both are in the form of `Record.time`. `text` occurs anywhere in the record, in
    capitals or not.
    """

    kind: str = ""
    who: str = ""
    what: str = ""
    outcome: str = ""
    reason: str = ""
    trace_id: str = ""
    since: str = ""
    until: str = ""
    text: str = ""

    def takes(self, record: Record) -> bool:
        """Whether `record` is one of those asked for."""
        event = record.event
        return (
            _like(self.kind, event.kind)
            and _like(self.who, event.who)
            and _like(self.what, event.what)
            and self.outcome in {"", event.outcome}
            and self.reason in {"", event.reason, event.reason.partition(": ")[0]}
            and self.trace_id in {"", event.trace_id}
            and self.since <= record.time
            and (not self.until or record.time < self.until)
            and (not self.text or self.text.lower() in _text_of(record).lower())
        )


def search(lines: Iterable[Line], wanted: Filter) -> Iterator[Record]:
    """Yield the records that `wanted` takes, in order. Passes over what is no record: `verify` names that."""
    return (record for line in lines if (record := read(line.text)) is not None and wanted.takes(record))


def tail(lines: Iterable[Line], count: int) -> list[Record]:
    """Return the last records, the newest last."""
    return list(deque(search(lines, Filter()), maxlen=count))


def _like(wanted: str, value: str) -> bool:
    if wanted.endswith("*"):
        return value.startswith(wanted[:-1])
    return wanted in {"", value}


def _text_of(record: Record) -> str:
    event = record.event
    texts = (event.kind, event.outcome, event.who, event.what, event.source, event.reason, event.trace_id)
    return "\n".join([*texts, *event.details, *event.details.values()])
