from __future__ import annotations

import pytest
from audit.conftest import NOON, SOURCE

from trunkline.audit.chain import Line
from trunkline.audit.model import Event
from trunkline.audit.record import START, write
from trunkline.audit.search import Filter, search, tail

EVENTS = [
    Event("token.issue", "granted", who="spiffe://campus/activity", what="accounts", trace_id="a" * 32),
    Event("token.refresh", "refused", who="spiffe://campus/journey", what="accounts", reason="REFRESH_REUSED"),
    Event(
        "call",
        "refused",
        what="campus.Accounts/GetUser",
        source="10.0.0.7",
        reason="RULE_REFUSED: false",
        details={"Note": "Late"},
    ),
]


def written():
    head, made = START, []
    for number, event in enumerate(EVENTS, 1):
        line, head = write(event, head, at=NOON + number, source=SOURCE)
        made.append(Line("file", number, line))
    return made


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 3]),
        ({"kind": "token.issue"}, [1]),
        ({"kind": "token.*"}, [1, 2]),
        ({"who": "spiffe://campus/journey"}, [2]),
        ({"what": "campus.*"}, [3]),
        ({"outcome": "refused"}, [2, 3]),
        ({"reason": "REFRESH_REUSED"}, [2]),
        ({"reason": "RULE_REFUSED"}, [3]),
        ({"reason": "RULE"}, []),
        ({"trace_id": "a" * 32}, [1]),
        ({"since": "2026-03-01T12:00:02"}, [2, 3]),
        ({"until": "2026-03-01T12:00:02.000000Z"}, [1]),
        ({"text": "LATE"}, [3]),
        ({"text": "10.0.0"}, [3]),
        ({"outcome": "refused", "kind": "token.*"}, [2]),
        ({"who": "spiffe"}, []),
    ],
)
def test_the_records_that_are_asked_for_are_found(wanted, found):
    assert [record.sequence for record in search(written(), Filter(**wanted))] == found


def test_what_is_no_record_is_passed_over():
    made = [Line("file", 1, b"junk\n"), *written(), Line("file", 5, b'{"half')]
    assert len(list(search(made, Filter()))) == 3


def test_the_last_records_come_with_the_newest_last():
    assert [record.sequence for record in tail(written(), 2)] == [2, 3]
