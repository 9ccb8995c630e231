"""Proves a log whole: every record is true, follows the one before, and the last is the one the anchor names.

Whoever can write to the folder can write a new chain, and a new anchor with it. What shows that is a head that was kept
elsewhere: `trunkline audit verify` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.audit.record import START, Anchor, Head, is_true, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trunkline.audit.record import Record

PRUNED = "audit.pruned"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log, with its newline, and where it stands. `number` counts from 1 in each file."""

    file: str
    number: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong. `sequence` is the number of the record that stands, or should stand, there.

    `line` is 0 where the fault is one of the whole log, such as an end that is missing.
    """

    file: str
    line: int
    sequence: int
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: record {self.sequence}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: how many records are proved and up to where, and the first fault if there is one.

    `torn` is the half line that a writer left which was killed; the next one sets it aside. `beyond` counts the records
    that came after the anchor was last written, as happens while somebody writes, or when the writer was killed.
    """

    records: int
    head: Head
    fault: Fault | None = None
    torn: Line | None = None
    beyond: int = 0


def verify(lines: Iterable[Line], anchor: Anchor | None, *, name: str) -> Verdict:
    """Judge the lines of one log in the order of its files. `name` is that of the anchor's file."""
    proof = _Proof(anchor, name)
    rest = iter(lines)
    for line in rest:
        fault = proof.take(line, rest)
        if fault is not None:
            return proof.verdict(fault)
    return proof.verdict(proof.end())


class _Proof:
    def __init__(self, anchor: Anchor | None, name: str) -> None:
        self._anchor = anchor
        self._name = name
        self._head = START
        self._count = 0
        self._first: Line | None = None
        self._begins_after = START
        self._pruned = False
        self._beyond: Line | None = None
        self._torn: Line | None = None

    def verdict(self, fault: Fault | None) -> Verdict:
        anchored = self._anchor.head.sequence if self._anchor else 0
        beyond = max(0, self._head.sequence - anchored) if self._count else 0
        return Verdict(self._count, self._head, fault, self._torn, beyond)

    def take(self, line: Line, rest: Iterator[Line]) -> Fault | None:
        expected = self._head.sequence + 1
        if self._torn is not None:
            return _fault(self._torn, expected, "the line was cut off, and others follow it")
        if not line.text.endswith(b"\n"):
            self._torn = line
            return None
        record = read(line.text)
        if record is None:
            return _fault(line, expected, "this is no record of an audit log")
        if not is_true(line.text):
            return _fault(line, expected, "it was changed: the hash is not that of the line")
        return self._follow(line, record, rest)

    def _follow(self, line: Line, record: Record, rest: Iterator[Line]) -> Fault | None:
        if self._first is None:
            self._first = line
            if record.sequence > 1:
                self._begins_after = self._head = Head(record.sequence - 1, record.previous)
        fault = self._misplaced(line, record, rest)
        if fault is not None:
            return fault
        self._head = record.head
        self._count += 1
        self._pruned = self._pruned or _removes(record, self._begins_after)
        return self._compare(line, record)

    def _misplaced(self, line: Line, record: Record, rest: Iterator[Line]) -> Fault | None:
        expected = self._head.sequence + 1
        if record.sequence < expected:
            problem = f"it stands behind record {self._head.sequence}: one of the two was moved, or put in"
            return _fault(line, record.sequence, problem)
        if record.sequence > expected:
            if _comes(expected, rest):
                return _fault(line, record.sequence, f"it is out of order: record {expected} comes after it")
            return _fault(line, expected, f"{_numbers(expected, record.sequence - 1)} missing before this line")
        if record.previous != self._head.hash:
            return _fault(line, expected, "it does not follow the record before it: one of the two was replaced")
        return None

    def _compare(self, line: Line, record: Record) -> Fault | None:
        if self._anchor is None:
            return None
        head = self._anchor.head
        if record.sequence == head.sequence and record.hash != head.hash:
            return _fault(line, record.sequence, f"it is not the record that {self._name} names")
        if record.sequence > head.sequence and self._anchor.closed:
            return _fault(line, record.sequence, f"it was put in: the log was closed with record {head.sequence}")
        return None

    def end(self) -> Fault | None:
        return self._beginning() or self._ending()

    def _beginning(self) -> Fault | None:
        if self._first is None or self._begins_after == START or self._pruned:
            return None
        missing = _numbers(1, self._begins_after.sequence)
        return _fault(self._first, 1, f"{missing} missing, and no record says that they were removed for their age")

    def _ending(self) -> Fault | None:
        if self._anchor is None:
            problem = "the anchor is missing or was changed, so nothing proves that this is the end"
            return Fault(self._name, 0, self._head.sequence + 1, problem)
        last, closed = self._anchor.head.sequence, self._anchor.closed
        if self._head.sequence < last:
            missing = _numbers(self._head.sequence + 1, last)
            return Fault(self._name, 0, self._head.sequence + 1, f"{missing} missing at the end")
        if last <= self._begins_after.sequence and self._begins_after != START:
            return Fault(self._name, 0, last, "the anchor names a record from before the beginning of the log")
        if self._torn is not None and closed:
            return _fault(self._torn, last + 1, f"it was put in: the log was closed with record {last}")
        return None


def _removes(record: Record, begins_after: Head) -> bool:
    if record.event.kind != PRUNED:
        return False
    details = record.event.details
    return (details.get("last"), details.get("hash")) == (str(begins_after.sequence), begins_after.hash)


def _comes(sequence: int, rest: Iterator[Line]) -> bool:
    start = b'{"sequence":%d,' % sequence
    return any(line.text.startswith(start) for line in rest)


def _numbers(first: int, last: int) -> str:
    return f"record {first} is" if first == last else f"records {first} to {last} are"


def _fault(line: Line, sequence: int, problem: str) -> Fault:
    return Fault(line.file, line.number, sequence, problem)
