from __future__ import annotations

import logging
import stat
import time

import pytest

from trunkline.telemetry.daily import DailyFile

DAY = 86_400


@pytest.fixture
def now(monkeypatch):
    """The clock the standard library's handler reads, at noon of a day, moved by the test."""
    times = [1_772_366_400.0]
    monkeypatch.setattr(time, "time", lambda: times[0])
    return times


@pytest.fixture
def daily(tmp_path, now):
    handlers = []

    def opened(keep=30):
        handlers.append(DailyFile(tmp_path / "logs" / "accounts.log", keep=keep))
        # It reads the day from the file, whose time is not that of the clock held here.
        handlers[-1].rolloverAt = handlers[-1].computeRollover(int(now[0]))
        return handlers[-1]

    yield opened
    for handler in handlers:
        handler.close()


def write(handler, text):
    handler.emit(logging.makeLogRecord({"msg": text, "levelno": 20}))


def named(tmp_path):
    return {path.name: path.read_text() for path in (tmp_path / "logs").iterdir()}


def test_lines_go_to_a_file_for_its_owner_alone(tmp_path, daily):
    write(daily(), "hello")
    assert named(tmp_path) == {"accounts.log": "hello\n"}
    assert stat.S_IMODE((tmp_path / "logs" / "accounts.log").stat().st_mode) == 0o600


def test_at_midnight_utc_a_new_file_begins(tmp_path, daily, now):
    handler = daily()
    write(handler, "before")
    now[0] += DAY / 2 - 1
    write(handler, "just before")
    now[0] += 1
    write(handler, "after")
    assert named(tmp_path) == {"accounts.log": "after\n", "accounts.log.2026-03-01": "before\njust before\n"}


def test_files_older_than_those_that_are_kept_are_removed(tmp_path, daily, now):
    handler = daily(keep=2)
    for day in range(5):
        write(handler, f"day {day}")
        now[0] += DAY
    assert sorted(named(tmp_path)) == ["accounts.log", "accounts.log.2026-03-03", "accounts.log.2026-03-04"]


def test_what_an_earlier_process_wrote_that_day_stays(tmp_path, daily):
    write(daily(), "first")
    write(daily(), "second")
    assert named(tmp_path) == {"accounts.log": "first\nsecond\n"}
