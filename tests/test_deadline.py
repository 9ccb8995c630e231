from __future__ import annotations

from trunkline.deadline import Deadline


def test_what_is_left_shrinks_and_stops_at_zero():
    deadline = Deadline.after(2.0, now=100.0)
    assert [deadline.remaining(now) for now in (100.0, 101.5, 103.0)] == [2.0, 0.5, 0.0]


def test_a_deadline_has_passed_at_its_very_moment():
    deadline = Deadline(5.0)
    assert (deadline.passed(4.999), deadline.passed(5.0)) == (False, True)


def test_the_earlier_deadline_compares_as_the_smaller():
    assert min(Deadline(5.0), Deadline(4.0)) == Deadline(4.0)
