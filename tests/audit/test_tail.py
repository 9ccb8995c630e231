from __future__ import annotations

import pytest
from audit.conftest import chain_of, head_of

from trunkline.audit.record import START, Anchor, Head
from trunkline.audit.tail import beside, head_at_end, recover
from trunkline.errors import FailedPrecondition

LOG = chain_of(5)
NAMED = head_of(LOG)


@pytest.fixture
def left(series):
    """Put lines into a log of two files; return what its next writer finds beside an anchor."""

    def recovered(made, anchor):
        series.folder.mkdir(exist_ok=True)
        (series.folder / "accounts.2026-03-01.jsonl").write_bytes(b"".join(made[:2]))
        (series.folder / "accounts.2026-03-02.jsonl").write_bytes(b"".join(made[2:]))
        found = recover(series, anchor)
        return found.head, found.event.kind, found.event.reason

    return recovered


def test_a_new_log_begins_at_the_start(series):
    found = recover(series, None)
    assert (found.head, found.event.reason) == (START, "NEW")


@pytest.mark.parametrize(
    ("made", "anchor", "outcome"),
    [
        (LOG, Anchor(NAMED, closed=True), (NAMED, "audit.opened", "CLOSED")),
        (LOG, Anchor(NAMED, closed=False), (NAMED, "audit.opened", "KILLED")),
        (LOG, Anchor(head_of(LOG[:3]), closed=False), (NAMED, "audit.opened", "KILLED")),
        ([*LOG, b'{"half'], Anchor(NAMED, closed=False), (NAMED, "audit.opened", "KILLED")),
        (LOG[:2], Anchor(head_of(LOG[:2]), closed=True), (head_of(LOG[:2]), "audit.opened", "CLOSED")),
        (LOG, Anchor(head_of(LOG[:3]), closed=True), (head_of(LOG[:3]), "audit.damaged", "END_REPLACED")),
        (LOG[:4], Anchor(NAMED, closed=True), (NAMED, "audit.damaged", "END_LOST")),
        ([], Anchor(NAMED, closed=True), (NAMED, "audit.damaged", "END_LOST")),
        ([*LOG, b"junk\n"], Anchor(NAMED, closed=True), (NAMED, "audit.damaged", "END_LOST")),
        (LOG, Anchor(Head(5, "f" * 64), closed=True), (Head(5, "f" * 64), "audit.damaged", "END_REPLACED")),
        (LOG, None, (NAMED, "audit.damaged", "ANCHOR_LOST")),
    ],
)
def test_a_log_goes_on_where_its_end_and_its_anchor_say(left, made, anchor, outcome):
    assert left(made, anchor) == outcome


def test_without_a_readable_end_and_without_an_anchor_nothing_goes_on(left):
    with pytest.raises(FailedPrecondition):
        left([*LOG, b"junk\n"], None)


def test_half_a_line_is_set_aside_however_long_it_is(series, left):
    half = b"x" * 200_000
    left([*LOG, half], Anchor(NAMED, closed=False))
    path = series.files()[-1]
    assert beside(path).read_bytes() == half + b"\n"
    assert path.read_bytes() == b"".join(LOG[2:])


def test_the_end_of_a_file_is_found_without_reading_all_of_it(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 200_000 + b"\n" + LOG[0])
    assert head_at_end(path) == head_of(LOG[:1])
    path.write_bytes(b"")
    assert head_at_end(path) is None
