"""The headers that tie calls together: W3C trace context, baggage, correlation id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.call import Call

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
BAGGAGE = "baggage"
CORRELATION = "x-correlation-id"
HEADERS = frozenset({TRACEPARENT, TRACESTATE, BAGGAGE, CORRELATION})

LENGTH = 55
"""Characters of a traceparent of version 00."""
FLAGS = 0b11
"""W3C defines two flags, sampled and random; no other is passed on."""
MAX_MEMBERS = 32
MAX_STATE = 512
_BULKY = 128

_parent = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}").match
_member = re.compile(r"([a-z0-9][a-z0-9_\-*/@]{0,255})=[ -+\--<>-~]{0,255}[!-+\--<>-~]").fullmatch
_correlation = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?").fullmatch


def received_by(call: Call) -> tuple[str, str, str, str]:
    """Read the same as `received` from an incoming call, at less cost where no header came twice."""
    headers = call.headers
    if len(headers) != len(call.metadata) or CORRELATION in headers:
        return received(call.metadata)
    parent = headers.get(TRACEPARENT)
    traceparent = traceparent_of(parent) if isinstance(parent, str) else ""
    state = headers.get(TRACESTATE) if traceparent else None
    baggage = headers.get(BAGGAGE, "")
    return traceparent, tracestate_of(str(state)) if state else "", str(baggage), ""


def received(metadata: Iterable[tuple[str, str | bytes]]) -> tuple[str, str, str, str]:
    """Read traceparent, tracestate, baggage and correlation id; each is empty where it is absent or not valid."""
    parent = state = baggage = correlation = ""
    for key, value in metadata:
        if key in HEADERS and isinstance(value, str):
            # A repeated header reads as one with commas, which no traceparent survives.
            if key == TRACEPARENT:
                parent = f"{parent},{value}" if parent else value
            elif key == TRACESTATE:
                state = f"{state},{value}" if state else value
            elif key == BAGGAGE:
                baggage = f"{baggage},{value}" if baggage else value
            elif not correlation and _correlation(value):
                correlation = value
    if parent:
        parent = traceparent_of(parent)
    return parent, tracestate_of(state) if state and parent else "", baggage, correlation


def traceparent_of(header: str) -> str:
    """Return a valid header as version 00 with the flags W3C defines; empty where the trace must start anew.

    A later version is read as far as version 00 goes, as W3C asks.
    """
    if len(header) != LENGTH:
        header = header.strip(" \t")
    if not _parent(header):
        return ""
    if len(header) == LENGTH and header.startswith("00") and header.endswith(("-00", "-01")):
        return header
    if header[LENGTH:] and (header.startswith("00") or header[LENGTH] != "-"):
        return ""
    return f"00{header[2:53]}{int(header[53:55], 16) & FLAGS:02x}"


def tracestate_of(header: str) -> str:
    """Return the members of a valid header within the limits of W3C; empty where one of them is malformed."""
    members: dict[str, str] = {}
    for part in header.split(","):
        member = part.strip(" \t")
        if not member:
            continue
        match = _member(member)
        if match is None:
            return ""
        members.setdefault(match[1], member)
    return "" if len(members) > MAX_MEMBERS else _shortened(list(members.values()))


def _shortened(members: list[str]) -> str:
    state = ",".join(members)
    if len(state) > MAX_STATE:
        members = [member for member in members if len(member) <= _BULKY]
        while len(state := ",".join(members)) > MAX_STATE:
            members.pop()
    return state
