from __future__ import annotations

from audit.conftest import NOON, SOURCE, chain_of, event, head_of, judged
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trunkline.audit.chain import Line, verify
from trunkline.audit.record import START, Anchor, Head, write

LOG = chain_of(8)
CLOSED = Anchor(head_of(LOG), closed=True)
OPEN = Anchor(head_of(LOG), closed=False)


def fault_of(made, anchor=CLOSED):
    fault = judged(made, anchor).fault
    assert fault is not None
    return fault.line, fault.sequence, fault.problem


def test_a_whole_log_is_proved():
    verdict = judged(LOG, CLOSED)
    assert (verdict.records, verdict.head, verdict.fault, verdict.beyond) == (8, CLOSED.head, None, 0)


def test_an_empty_log_is_proved_by_an_anchor_at_the_start():
    assert judged([], Anchor(START, closed=False)).fault is None


def test_a_changed_byte_is_found_in_its_line():
    changed = [*LOG[:3], LOG[3].replace(b"granted", b"refused"), *LOG[4:]]
    assert fault_of(changed) == (4, 4, "it was changed: the hash is not that of the line")


def test_a_removed_line_is_found_and_numbered():
    assert fault_of(LOG[:3] + LOG[4:]) == (4, 4, "record 4 is missing before this line")


def test_several_removed_lines_are_numbered():
    assert fault_of(LOG[:2] + LOG[5:]) == (3, 3, "records 3 to 5 are missing before this line")


def test_a_swapped_pair_is_found():
    swapped = [*LOG[:3], LOG[4], LOG[3], *LOG[5:]]
    assert fault_of(swapped) == (4, 5, "it is out of order: record 4 comes after it")


def test_a_repeated_line_is_found():
    line, number, problem = fault_of([*LOG[:4], LOG[1], *LOG[4:]])
    assert (line, number) == (5, 2)
    assert "stands behind record 4" in problem


def test_a_truncated_end_is_found():
    assert fault_of(LOG[:6]) == (0, 7, "records 7 to 8 are missing at the end")
    assert fault_of(LOG[:6], OPEN) == (0, 7, "records 7 to 8 are missing at the end")


def test_an_emptied_log_is_found():
    assert fault_of([]) == (0, 1, "records 1 to 8 are missing at the end")


def test_a_line_forged_into_the_end_of_a_closed_log_is_found_though_its_chain_is_right():
    forged, _ = write(event(who="mallory"), CLOSED.head, at=NOON, source=SOURCE)
    assert fault_of([*LOG, forged]) == (9, 9, "it was put in: the log was closed with record 8")


def test_a_line_forged_without_the_chain_is_found():
    forged, _ = write(event(who="mallory"), Head(8, "0" * 64), at=NOON, source=SOURCE)
    line, number, problem = fault_of([*LOG, forged], OPEN)
    assert (line, number) == (9, 9)
    assert "does not follow" in problem


def test_a_line_replaced_by_a_true_one_breaks_the_chain_behind_it():
    forged, _ = write(event(who="mallory"), head_of(LOG[:3]), at=NOON, source=SOURCE)
    assert fault_of([*LOG[:3], forged, *LOG[4:]])[:2] == (5, 5)


def test_a_last_line_replaced_by_a_true_one_is_not_the_one_the_anchor_names():
    forged, _ = write(event(who="mallory"), head_of(LOG[:7]), at=NOON, source=SOURCE)
    assert fault_of([*LOG[:7], forged]) == (8, 8, "it is not the record that accounts.anchor names")


def test_junk_is_found():
    assert fault_of([*LOG[:2], b"hello\n", *LOG[2:]]) == (3, 3, "this is no record of an audit log")


def test_a_log_without_its_anchor_is_not_proved():
    assert "anchor is missing" in fault_of(LOG, None)[2]


def test_a_missing_beginning_is_found():
    line, number, problem = fault_of(LOG[3:])
    assert (line, number) == (1, 1)
    assert problem.startswith("records 1 to 3 are missing")


def test_a_beginning_that_was_removed_for_its_age_is_accepted_as_far_as_the_record_of_it_says():
    head = head_of(LOG)
    details = {"last": "3", "hash": head_of(LOG[:3]).hash}
    pruned, end = write(event(kind="audit.pruned", outcome="noted", details=details), head, at=NOON, source=SOURCE)
    anchor = Anchor(end, closed=True)
    assert judged([*LOG[3:], pruned], anchor).fault is None
    assert fault_of([*LOG[4:], pruned], anchor)[1] == 1


def test_what_follows_the_anchor_of_a_killed_writer_is_counted():
    verdict = judged(LOG, Anchor(head_of(LOG[:5]), closed=False))
    assert (verdict.fault, verdict.beyond) == (None, 3)


def test_the_half_line_of_a_killed_writer_is_told_apart_from_tampering():
    half = chain_of(9)[8][:40]
    verdict = judged([*LOG, half], OPEN)
    assert verdict.fault is None
    assert verdict.torn == Line("accounts.jsonl", 9, half)


def test_half_a_line_that_was_once_acknowledged_is_a_missing_one():
    assert fault_of([*LOG[:7], LOG[7][:40]], OPEN) == (0, 8, "record 8 is missing at the end")


def test_half_a_line_behind_a_closed_log_was_put_in():
    assert fault_of([*LOG, b'{"seq'])[2].startswith("it was put in")


def test_half_a_line_in_the_middle_is_found():
    assert fault_of([*LOG[:2], LOG[2][:40], *LOG[3:]], OPEN) == (3, 3, "the line was cut off, and others follow it")


def test_a_line_is_named_by_the_file_it_stands_in():
    placed = [Line("a", 1, LOG[0]), Line("b", 1, LOG[1]), Line("b", 2, b"junk\n")]
    fault = verify(placed, CLOSED, name="anchor").fault
    assert str(fault) == "b:2: record 3: this is no record of an audit log"


WHOLE = b"".join(LOG)
OFFSETS = st.integers(0, len(WHOLE))
EDITS = st.lists(st.tuples(OFFSETS, st.integers(0, 300), st.binary(max_size=40)), min_size=1, max_size=4)
ORDERS = st.lists(st.integers(0, 7), max_size=12)


def edited(edits):
    text = WHOLE
    for start, length, new in edits:
        text = text[:start] + new + text[start + length :]
    return text


@given(EDITS)
@settings(deadline=None, max_examples=300)
def test_no_edit_of_the_bytes_goes_unnoticed(edits):
    text = edited(edits)
    assume(text != WHOLE)
    assert judged(split(text), CLOSED).fault is not None


@given(ORDERS)
@settings(deadline=None)
def test_no_other_order_or_choice_of_the_lines_goes_unnoticed(order):
    assume(order != list(range(8)))
    assert judged([LOG[number] for number in order], CLOSED).fault is not None


def split(text):
    parts = text.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]
