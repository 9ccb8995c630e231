"""A record of the audit log as one line of text, and the anchor that says which record was the last.

The hash of a record is taken over the very bytes of its line, with the hash left out: whoever checks it has nothing to
bring into a canonical form first. The text is ASCII.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from trunkline.audit.model import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_TEXT = 1024
MOST_DETAILS = 16
"""Characters of a text, and details, that a record keeps at most: what a stranger sends does not fill the disk."""

_TAIL = re.compile(rb',"hash":"([0-9a-f]{64})"\}\n')
_TAIL_LENGTH = len(',"hash":""}\n') + 64
_TEXTS = ("kind", "outcome", "who", "what", "source", "reason", "trace_id")
_KEYS = ("sequence", "time", "component", "instance", *_TEXTS, "details", "previous")
_ANCHOR_LENGTH = 160


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain has come to: the number and the hash of its last record."""

    sequence: int
    hash: str


START = Head(0, "0" * 64)


@dataclass(frozen=True, slots=True)
class Source:
    """Whose log it is."""

    component: str
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read. `time` is in RFC 3339, UTC, with microseconds."""

    sequence: int
    time: str
    source: Source
    event: Event
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        """The chain after this record."""
        return Head(self.sequence, self.hash)

    def as_dict(self) -> dict[str, Any]:
        """Return the record with the keys that its line has."""
        body = _body(self.event, Head(self.sequence - 1, self.previous), time=self.time, source=self.source)
        return {**body, "hash": self.hash}


def write(event: Event, after: Head, *, at: float, source: Source) -> tuple[bytes, Head]:
    """Return the line of `event` behind `after`, newline included, and where the chain has come to with it.

    `at` in seconds since the epoch.
    """
    text = json.dumps(_body(_bounded(event), after, time=rfc3339(at), source=source), separators=(",", ":")).encode()
    digest = sha256(text).hexdigest()
    return text[:-1] + b',"hash":"' + digest.encode() + b'"}\n', Head(after.sequence + 1, digest)


def read(line: bytes) -> Record | None:
    """Return the record of a whole line, whose newline ends it; None for what never was one.

    Whether its hash is true is told by `is_true`.
    """
    tail = _TAIL.fullmatch(line[-_TAIL_LENGTH:])
    if tail is None:
        return None
    try:
        body = json.loads(line[:-_TAIL_LENGTH] + b"}")
    except (ValueError, RecursionError):
        return None
    if not _has_form(body):
        return None
    event = Event(details=body["details"], **{name: body[name] for name in _TEXTS})
    source = Source(body["component"], body["instance"])
    return Record(body["sequence"], body["time"], source, event, body["previous"], tail[1].decode())


def is_true(line: bytes) -> bool:
    """Whether a line has the hash of its own bytes."""
    tail = _TAIL.fullmatch(line[-_TAIL_LENGTH:])
    return tail is not None and sha256(line[:-_TAIL_LENGTH] + b"}").hexdigest().encode() == tail[1]


def rfc3339(at: float) -> str:
    """Return seconds since the epoch as RFC 3339 in UTC with microseconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the file beside a log says: its head after the last batch, and whether the writer has closed it since."""

    head: Head
    closed: bool

    def line(self) -> bytes:
        """Return the content of the file, always as long: writing it anew needs no space on the disk."""
        body = {"sequence": self.head.sequence, "hash": self.head.hash, "closed": self.closed}
        return json.dumps(body, separators=(",", ":")).ljust(_ANCHOR_LENGTH - 1).encode() + b"\n"

    @classmethod
    def of(cls, content: bytes) -> Anchor | None:
        """Return the anchor in the content of a file; None where it is not exactly what `line` makes."""
        try:
            body = json.loads(content)
            anchor = cls(Head(body["sequence"], body["hash"]), body["closed"])
            return anchor if anchor.line() == content else None
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def _body(event: Event, after: Head, *, time: str, source: Source) -> dict[str, Any]:
    return {
        "sequence": after.sequence + 1,
        "time": time,
        "component": source.component,
        "instance": source.instance,
        **{name: getattr(event, name) for name in _TEXTS},
        "details": dict(event.details),
        "previous": after.hash,
    }


def _bounded(event: Event) -> Event:
    texts: Mapping[str, Any] = {name: str(getattr(event, name))[:MOST_TEXT] for name in _TEXTS}
    details = list(event.details.items())[:MOST_DETAILS]
    return Event(details={str(key)[:MOST_TEXT]: str(value)[:MOST_TEXT] for key, value in details}, **texts)


def _has_form(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and tuple(body) == _KEYS
        and type(body["sequence"]) is int
        and isinstance(body["details"], dict)
        and all(isinstance(body[key], str) for key in _KEYS if key not in {"sequence", "details"})
        and all(isinstance(value, str) for value in body["details"].values())
    )
