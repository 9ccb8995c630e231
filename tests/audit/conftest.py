from __future__ import annotations

import pytest

from trunkline.audit.chain import Line, Verdict, verify
from trunkline.audit.file import AuditFile
from trunkline.audit.folder import Series, lines
from trunkline.audit.model import Event
from trunkline.audit.record import START, Anchor, Source, write
from trunkline.testing import ManualClock

NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z
DAY = 86_400.0
SOURCE = Source("accounts", "0")


def event(number: int = 1, **options: str) -> Event:
    return Event(**({"kind": "token.issue", "outcome": "granted", "who": f"caller-{number}"} | options))


def chain_of(count: int) -> list[bytes]:
    """Return the lines of a log with that many records."""
    head, made = START, []
    for number in range(1, count + 1):
        line, head = write(event(number), head, at=NOON + number, source=SOURCE)
        made.append(line)
    return made


def head_of(made: list[bytes]):
    head = START
    for number, _ in enumerate(made, 1):
        _, head = write(event(number), head, at=NOON + number, source=SOURCE)
    return head


def judged(made: list[bytes], anchor: Anchor | None) -> Verdict:
    placed = [Line("accounts.jsonl", number, text) for number, text in enumerate(made, 1)]
    return verify(placed, anchor, name="accounts.anchor")


def verdict_on(series: Series) -> Verdict:
    return verify(lines(series.files()), series.read_anchor(), name=series.anchor.name)


@pytest.fixture
def series(tmp_path) -> Series:
    return Series.of(tmp_path / "audit", "accounts", 0)


@pytest.fixture
def opened(series):
    """Open the log for writing, as often as a test likes; what it leaves open is closed."""
    files: list[AuditFile] = []

    def start(now: float = NOON, retention_days: int = 400) -> AuditFile:
        files.append(AuditFile(series, source=SOURCE, now=now, retention_days=retention_days))
        return files[-1]

    yield start
    for file in files:
        if not file.closed:
            file.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)
