from __future__ import annotations

from io import StringIO

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console

from campus.journey.tree import branches, tree
from trunkline.api.diagnostics.v1.diagnostics_pb2 import SIDE_CLIENT, SIDE_SERVER, Span


def span(name, parent, component, side, start, ms, *, of="Submit"):
    return Span(
        trace_id="0" * 32,
        span_id=name,
        parent_span_id=parent,
        name=f"campus.api.activity.v1.ActivityService/{of}",
        component=component,
        side=side,
        started_at=Timestamp(seconds=1, nanos=start * 1_000_000),
        duration=Duration(nanos=ms * 1_000_000),
    )


SPANS = [
    span("f", "e", "progress", SIDE_SERVER, 7, 1, of="RecordCompletion"),
    span("e", "b", "activity", SIDE_CLIENT, 6, 3, of="RecordCompletion"),
    span("d", "c", "accounts", SIDE_SERVER, 3, 1, of="GetUser"),
    span("c", "b", "activity", SIDE_CLIENT, 2, 3, of="GetUser"),
    span("b", "a", "activity", SIDE_SERVER, 1, 9),
    span("a", "", "journey", SIDE_CLIENT, 0, 11),
]


def test_each_span_hangs_under_its_parent_in_the_order_of_time():
    assert [(branch.guides, branch.span.span_id) for branch in branches(SPANS)] == [
        ("", "a"),
        ("└─ ", "b"),
        ("   ├─ ", "c"),
        ("   │  └─ ", "d"),
        ("   └─ ", "e"),
        ("      └─ ", "f"),
    ]


def test_a_span_whose_parent_was_lost_with_its_process_stands_at_the_root():
    assert [(branch.guides, branch.span.span_id) for branch in branches(SPANS[:4])] == [
        ("", "c"),
        ("└─ ", "d"),
        ("", "e"),
        ("└─ ", "f"),
    ]


def test_the_table_says_who_called_whom_and_for_how_long():
    console = Console(width=100, file=StringIO(), color_system=None)
    console.print(tree(SPANS))
    text = [line.split() for line in console.file.getvalue().splitlines()]
    assert ["journey", "calls", "Activity/Submit", "11.00", "─" * 20] in text
    assert any(line[:5] == ["│", "└─", "accounts", "serves", "GetUser"] and line[5] == "1.00" for line in text)
    assert sum("█" in word for line in text for word in line) == 3


def test_a_deep_trace_fits_a_narrow_terminal():
    console = Console(width=80, file=StringIO(), color_system=None)
    console.print(tree(SPANS))
    assert "…" not in console.file.getvalue()
