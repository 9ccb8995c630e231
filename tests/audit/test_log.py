from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest
from audit.conftest import event, verdict_on
from interceptors.hand import new_call

from trunkline.audit.file import AuditFile
from trunkline.audit.folder import lines
from trunkline.audit.log import AuditLog
from trunkline.audit.search import Filter, search
from trunkline.call import serving
from trunkline.errors import ResourceExhausted, Unavailable

WRITER = Path(__file__).with_name("writer.py")
SOURCE = Path(__file__).parents[2] / "src"
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"


@pytest.fixture
def opening(series, clock):
    return lambda **options: AuditLog.open(series.folder, component="accounts", clock=clock, **options)


@pytest.fixture
def gate(monkeypatch):
    """Hold every batch after the first record until it is opened; say when one is held."""
    opened, held = threading.Event(), threading.Event()
    append = AuditFile.append

    def hold(self, events):
        if self.head.sequence:
            held.set()
            opened.wait()
        append(self, events)

    monkeypatch.setattr(AuditFile, "append", hold)
    yield opened, held
    opened.set()


def events_of(series, **wanted):
    return [record.event for record in search(lines(series.files()), Filter(**wanted))]


async def test_what_was_written_is_on_disk_when_write_returns(series, opening):
    async with opening() as audit:
        await audit.write(event(7))
        assert [one.who for one in events_of(series, kind="token.*")] == ["caller-7"]


async def test_who_writes_at_once_shares_batches_and_none_is_lost(series, opening):
    async with opening() as audit:
        await asyncio.gather(*(audit.write(event(number)) for number in range(1000)))
    assert len(events_of(series, kind="token.issue")) == 1000
    assert verdict_on(series).fault is None


async def test_what_was_noted_is_written_before_the_log_is_closed(series, opening):
    async with opening() as audit:
        for number in range(100):
            audit.note(event(number))
    assert len(events_of(series, kind="token.issue")) == 100
    assert series.read_anchor().closed


async def test_what_finds_no_room_is_counted_and_the_count_is_written(series, opening, gate):
    opened, held = gate
    async with opening(queue=3) as audit:
        audit.note(event())
        await asyncio.to_thread(held.wait)
        for number in range(8):
            audit.note(event(number))
        assert audit.dropped == 5
        opened.set()
    (dropped,) = events_of(series, kind="audit.dropped")
    assert dropped.details == {"count": "5"}
    assert len(events_of(series, kind="token.issue")) == 4
    assert verdict_on(series).fault is None


async def test_who_must_know_is_refused_where_too_many_wait(opening, gate):
    opened, held = gate
    async with opening(queue=1) as audit:
        audit.note(event())
        await asyncio.to_thread(held.wait)
        audit.note(event())
        with pytest.raises(ResourceExhausted) as caught:
            await audit.write(event())
        opened.set()
    assert (caught.value.reason, caught.value.refused) == ("AUDIT_BUSY", True)


async def test_a_failure_reaches_everybody_who_waits_and_what_was_noted_is_counted(series, opening, monkeypatch):
    async with opening() as audit:
        with monkeypatch.context() as patch:

            def fail(*_):
                raise ResourceExhausted("AUDIT_FULL")

            patch.setattr(AuditFile, "append", fail)
            audit.note(event())
            outcomes = await asyncio.gather(audit.write(event()), audit.write(event()), return_exceptions=True)
        assert [one.reason for one in outcomes] == ["AUDIT_FULL"] * 2
        assert audit.dropped == 1
        await audit.write(event(9))
    assert [one.kind for one in events_of(series)] == ["audit.opened", "audit.dropped", "token.issue"]


async def test_whoever_waits_hears_of_a_fault_of_the_program_too(opening, monkeypatch):
    async with opening() as audit:
        with monkeypatch.context() as patch:
            patch.setattr(AuditFile, "append", lambda *_: 1 / 0)
            with pytest.raises(Unavailable, match="ZeroDivisionError"):
                await audit.write(event())
        await audit.write(event())


async def test_the_trace_is_that_of_the_call_being_served_unless_the_event_says_another(series, opening):
    call = new_call()
    call.trace = TRACE
    serving.set(call)
    async with opening() as audit:
        audit.note(event(1))
        await audit.write(event(2, trace_id="c" * 32))
    assert [one.trace_id for one in events_of(series, kind="token.issue")] == ["a" * 32, "c" * 32]


async def test_a_closed_log_takes_nothing(opening):
    async with opening() as audit:
        pass
    with pytest.raises(Unavailable) as caught:
        await audit.write(event())
    assert caught.value.reason == "AUDIT_CLOSED"
    audit.note(event())
    assert audit.dropped == 1


async def test_a_writer_that_gave_up_waiting_disturbs_nobody(series, opening, gate):
    opened, held = gate
    async with opening() as audit:
        patient = asyncio.create_task(audit.write(event(1)))
        hasty = asyncio.create_task(audit.write(event(2)))
        await asyncio.to_thread(held.wait)
        hasty.cancel()
        opened.set()
        await patient
    assert len(events_of(series, kind="token.issue")) == 2


async def test_kill_9_leaves_a_whole_log_with_all_that_was_acknowledged(series):
    acknowledged: list[str] = []
    environ = os.environ | {"PYTHONPATH": str(SOURCE)}
    for _ in range(5):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, WRITER, series.folder), stdout=asyncio.subprocess.PIPE, env=environ
        )
        acknowledged += [(await process.stdout.readline()).decode().strip() for _ in range(200)]
        process.kill()
        acknowledged += (await process.stdout.read()).decode().rpartition("\n")[0].split()
        await process.wait()
        assert verdict_on(series).fault is None
    assert set(acknowledged) <= {one.who for one in events_of(series, kind="token.issue")}
