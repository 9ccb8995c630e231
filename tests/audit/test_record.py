from __future__ import annotations

import json

from audit.conftest import NOON, SOURCE, event

from trunkline.audit.model import Event
from trunkline.audit.record import MOST_DETAILS, MOST_TEXT, START, Anchor, Head, is_true, read, rfc3339, write


def test_a_line_is_one_json_object_that_says_when_who_and_what():
    line, head = write(event(details={"scope": "a b"}), START, at=NOON + 0.25, source=SOURCE)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "sequence": 1,
        "time": "2026-03-01T12:00:00.250000Z",
        "component": "accounts",
        "instance": "0",
        "kind": "token.issue",
        "outcome": "granted",
        "who": "caller-1",
        "what": "",
        "source": "",
        "reason": "",
        "trace_id": "",
        "details": {"scope": "a b"},
        "previous": "0" * 64,
        "hash": head.hash,
    }


def test_what_was_written_is_read_back_the_same():
    said = event(who="Zoë\n\ud800", details={"k": '"v"'})
    line, head = write(said, START, at=NOON, source=SOURCE)
    record = read(line)
    assert record is not None
    assert (record.event, record.source, record.head) == (said, SOURCE, head)
    assert record.as_dict() == json.loads(line)


def test_a_changed_line_is_not_true_any_more():
    line, _ = write(event(), START, at=NOON, source=SOURCE)
    assert is_true(line)
    assert not is_true(line.replace(b"granted", b"refused"))


def test_what_is_no_record_is_not_read():
    line, _ = write(event(), START, at=NOON, source=SOURCE)
    tail = line[-75:]
    for text in (b"", b"\n", line[:-1], line[1:], b"[" * 100_000 + tail, b"{}" + tail, b'{"a":1' + tail, line + line):
        assert read(text) is None
    assert read(line.replace(b'"details":{}', b'"details":{"k":1}')) is None
    assert read(line.replace(b'"sequence":1', b'"sequence":true')) is None


def test_what_a_stranger_sends_is_kept_in_part():
    flood = Event(kind="call", outcome="refused", who="x" * 10_000, details={f"k{n}": "v" * 9_999 for n in range(99)})
    record = read(write(flood, START, at=NOON, source=SOURCE)[0])
    assert record is not None
    assert len(record.event.who) == MOST_TEXT
    assert {len(value) for value in record.event.details.values()} == {MOST_TEXT}
    assert len(record.event.details) == MOST_DETAILS


def test_a_time_has_microseconds_and_is_in_utc():
    assert rfc3339(0.000001) == "1970-01-01T00:00:00.000001Z"


def test_an_anchor_is_read_back_and_always_as_long():
    anchors = [Anchor(START, closed=False), Anchor(Head(10**15, "f" * 64), closed=True)]
    assert [Anchor.of(one.line()) for one in anchors] == anchors
    assert len({len(one.line()) for one in anchors}) == 1


def test_an_anchor_with_a_byte_more_or_less_says_nothing():
    line = Anchor(START, closed=False).line()
    for content in (b"", line[:-1], line + b" ", line.replace(b" ", b"\t", 1), b"[]", b"nonsense"):
        assert Anchor.of(content) is None
