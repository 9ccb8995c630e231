from __future__ import annotations

import json

from trunkline.audit.model import Event
from trunkline.audit.record import START, Source, read, write
from trunkline.cli.output import Output
from trunkline.cli.record import as_line


def record(event, instance="0"):
    line, _ = write(event, START, at=1_772_366_400.25, source=Source("accounts", instance))
    return read(line)


def test_a_line_says_when_where_what_who_and_why():
    event = Event("call", "refused", what="Accounts/GetUser", source="ipv4:1.2.3.4:5", reason="SCOPE_MISSING")
    assert as_line(record(event, "1"), Output.TABLE) == (
        "2026-03-01 12:00:00.250  accounts.1#1  call  refused  nobody  -> Accounts/GetUser  SCOPE_MISSING"
        "  from ipv4:1.2.3.4:5\n"
    )


def test_as_json_it_is_the_record():
    said = json.loads(as_line(record(Event("call", "refused", details={"k": "v"})), Output.JSON))
    assert (said["sequence"], said["details"], said["time"]) == (1, {"k": "v"}, "2026-03-01T12:00:00.250000Z")


def test_what_a_stranger_sent_cannot_move_the_cursor():
    line = as_line(record(Event("call", "refused", who="\x1b[2Jada\n\u202e")), Output.TABLE)
    assert line.count("\n") == 1
    assert r"\x1b[2Jada\n\u202e" in line
