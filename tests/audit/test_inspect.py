from __future__ import annotations

from audit.conftest import DAY, NOON, event

from trunkline.audit import inspect as module
from trunkline.audit.inspect import inspect


def silent(_):
    pass


def test_the_records_of_each_file_are_counted(series, opened):
    file = opened()
    file.append([(event(1), NOON), (event(2), NOON)])
    file.append([(event(3), NOON + DAY)])
    found = inspect(series, told=silent)
    assert found.counts == {"accounts.2026-03-01.jsonl": 3, "accounts.2026-03-02.jsonl": 1}
    assert (found.verdict.records, found.verdict.fault) == (4, None)


def test_counting_stops_before_the_fault(series, opened):
    file = opened()
    file.append([(event(1), NOON), (event(2), NOON)])
    file.append([(event(3), NOON + DAY)])
    path = series.files()[0]
    path.write_bytes(path.read_bytes().replace(b"caller-1", b"caller-9"))
    found = inspect(series, told=silent)
    assert (found.verdict.fault.line, found.verdict.fault.sequence) == (2, 2)
    assert found.counts == {"accounts.2026-03-01.jsonl": 1, "accounts.2026-03-02.jsonl": 0}


def test_whoever_waits_hears_of_every_byte(series, opened):
    opened().append([(event(1), NOON)])
    sizes = []
    inspect(series, told=sizes.append)
    assert sum(sizes) == sum(path.stat().st_size for path in series.files())


def test_a_log_that_grows_while_it_is_read_is_whole(series, opened, monkeypatch):
    file = opened()
    judge = module.verify

    def growing(lines, anchor, *, name):
        file.append([(event(1), NOON)])
        return judge(lines, anchor, name=name)

    monkeypatch.setattr(module, "verify", growing)
    assert inspect(series, told=silent).verdict.fault is None


def test_a_log_that_is_closed_and_opened_again_while_it_is_read_is_whole(series, opened, monkeypatch):
    opened().close()
    judge, writers = module.verify, []

    def reopening(lines, anchor, *, name):
        if not writers:
            writers.append(opened())
        return judge(lines, anchor, name=name)

    monkeypatch.setattr(module, "verify", reopening)
    assert inspect(series, told=silent).verdict.fault is None
