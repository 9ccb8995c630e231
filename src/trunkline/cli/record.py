"""A record of the audit log as a line for people, or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from trunkline.cli.output import Output

if TYPE_CHECKING:
    from trunkline.audit.record import Record


def as_line(record: Record, output: Output) -> str:
    """Return a record on one line. What a stranger sent cannot move the cursor: unprintable characters are escaped."""
    if output is Output.JSON:
        return json.dumps(record.as_dict()) + "\n"
    event, instance = record.event, record.source.instance
    log = record.source.component + (f".{instance}" if instance not in {"", "0"} else "")
    facts = [
        f"{record.time[:10]} {record.time[11:23]}",
        f"{log}#{record.sequence}",
        event.kind,
        event.outcome,
        event.who or "nobody",
        *([f"-> {event.what}"] if event.what else []),
        *([event.reason] if event.reason else []),
        *([f"from {event.source}"] if event.source else []),
        *(f"{key}={value}" for key, value in event.details.items()),
        *([f"trace={event.trace_id}"] if event.trace_id else []),
    ]
    return "  ".join(_printable(fact) for fact in facts if fact) + "\n"


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
