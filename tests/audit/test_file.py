from __future__ import annotations

import errno
import os
import stat

import pytest
from audit.conftest import DAY, NOON, event, verdict_on

from trunkline.audit.folder import lines
from trunkline.audit.record import read
from trunkline.errors import FailedPrecondition, ResourceExhausted, Unavailable


def events(*numbers: int, at: float = NOON):
    return [(event(number), at) for number in numbers]


def kinds(series) -> list[str]:
    return [read(line.text).event.kind for line in lines(series.files())]


def test_what_was_appended_is_a_whole_log(series, opened):
    file = opened()
    file.append(events(1, 2, 3))
    file.close()
    verdict = verdict_on(series)
    assert (verdict.records, verdict.fault) == (4, None)
    assert kinds(series) == ["audit.opened", *["token.issue"] * 3]


def test_its_files_are_for_their_owner_alone(series, opened):
    opened().append(events(1))
    assert {stat.S_IMODE(path.stat().st_mode) for path in series.folder.iterdir()} == {0o600}
    assert stat.S_IMODE(series.folder.stat().st_mode) == 0o700


def test_a_second_writer_is_refused(opened):
    opened()
    with pytest.raises(FailedPrecondition) as caught:
        opened()
    assert caught.value.reason == "AUDIT_LOCKED"


def test_a_writer_that_comes_later_goes_on_with_the_chain(series, opened):
    for number in range(3):
        file = opened()
        file.append(events(number))
        file.close()
    assert (verdict_on(series).records, verdict_on(series).fault) == (6, None)


def test_a_day_has_a_file_and_the_chain_goes_on_over_them(series, opened):
    file = opened()
    file.append(events(1))
    file.append(events(2, at=NOON + DAY))
    file.close()
    assert [path.name for path in series.files()] == ["accounts.2026-03-01.jsonl", "accounts.2026-03-02.jsonl"]
    assert verdict_on(series).fault is None


def test_a_clock_that_was_set_back_does_not_lead_back_to_an_earlier_file(series, opened):
    opened(NOON + DAY).append(events(1, at=NOON))
    assert [path.name for path in series.files()] == ["accounts.2026-03-02.jsonl"]
    assert verdict_on(series).fault is None


def test_files_older_than_the_retention_are_removed_and_the_log_stays_whole(series, opened):
    file = opened(retention_days=2)
    for day in range(6):
        file.append(events(day, at=NOON + day * DAY))
    file.close()
    assert [path.name for path in series.files()] == [f"accounts.2026-03-0{day}.jsonl" for day in (4, 5, 6)]
    assert verdict_on(series).fault is None
    assert kinds(series).count("audit.pruned") == 3


def test_a_file_that_was_removed_before_its_time_is_missed(series, opened):
    file = opened(retention_days=2)
    for day in range(6):
        file.append(events(day, at=NOON + day * DAY))
    file.close()
    series.files()[0].unlink()
    assert "are missing" in verdict_on(series).fault.problem


@pytest.mark.parametrize("left", [1, 2])
def test_a_removal_that_was_interrupted_leaves_a_whole_log(series, opened, left, monkeypatch):
    file = opened(retention_days=2)
    for day in range(3):
        file.append(events(day, at=NOON + day * DAY))
    kept = {path: path.read_bytes() for path in series.files()}
    file.append(events(9, at=NOON + 9 * DAY))
    file.close()
    for path in list(kept)[left:]:
        path.write_bytes(kept[path])
    assert verdict_on(series).fault is None


def test_a_half_written_last_line_is_set_aside_and_a_record_says_so(series, opened):
    file = opened()
    file.append(events(1))
    half = b'{"sequence":3,"time":"20'
    abandon(file)
    with series.files()[-1].open("ab") as log:
        log.write(half)
    file = opened()
    file.append(events(2))
    file.close()
    assert (series.folder / "accounts.2026-03-01.jsonl.torn").read_bytes() == half + b"\n"
    verdict = verdict_on(series)
    assert (verdict.fault, verdict.records) == (None, 4)
    reopened = [record for line in lines(series.files()) if (record := read(line.text)).event.reason == "KILLED"]
    assert reopened[0].event.details == {"torn_bytes": str(len(half))}


def test_a_truncated_end_is_still_found_after_the_log_went_on(series, opened):
    file = opened()
    file.append(events(1, 2))
    file.close()
    path = series.files()[-1]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    opened().append(events(3))
    assert verdict_on(series).fault.problem == "record 3 is missing before this line"
    assert kinds(series)[2] == "audit.damaged"


def test_a_line_forged_into_the_end_is_still_found_after_the_log_went_on(series, opened):
    file = opened()
    file.append(events(1))
    file.close()
    with series.files()[-1].open("ab") as log:
        log.write(b'{"forged":true}\n')
    opened().append(events(3))
    assert (verdict_on(series).fault.line, verdict_on(series).fault.sequence) == (3, 3)


def test_a_log_whose_anchor_is_gone_goes_on_and_says_so(series, opened):
    file = opened()
    file.append(events(1))
    file.close()
    series.anchor.unlink()
    opened()
    assert kinds(series) == ["audit.opened", "token.issue", "audit.damaged"]
    assert verdict_on(series).fault is None


def test_a_log_of_which_neither_end_nor_anchor_can_be_read_is_not_gone_on_with(series, opened):
    opened().close()
    series.anchor.write_bytes(b"")
    series.files()[-1].write_bytes(b"junk\n")
    with pytest.raises(FailedPrecondition) as caught:
        opened()
    assert caught.value.reason == "AUDIT_DAMAGED"


def test_a_folder_that_cannot_be_made_is_told(series, opened):
    series.folder.write_text("a file")
    with pytest.raises(Unavailable) as caught:
        opened()
    assert caught.value.reason == "AUDIT_UNWRITABLE"


def full(_descriptor, _data):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_and_the_log_goes_on_when_there_is_room(series, opened, monkeypatch):
    file = opened()
    with monkeypatch.context() as patch:
        written = os.write
        patch.setattr(os, "write", lambda fd, data: written(fd, data[:10]) if len(data) > 200 else full(fd, data))
        with pytest.raises(ResourceExhausted) as caught:
            file.append(events(1))
    assert caught.value.reason == "AUDIT_FULL"
    file.append(events(2))
    file.close()
    assert (verdict_on(series).fault, verdict_on(series).records) == (None, 2)


def test_a_file_with_half_a_line_that_cannot_be_undone_takes_no_more(series, opened, monkeypatch):
    file = opened()
    with monkeypatch.context() as patch:
        written = os.write
        patch.setattr(os, "write", lambda fd, data: written(fd, data[:10]) if len(data) > 200 else full(fd, data))
        patch.setattr(os, "ftruncate", full)
        with pytest.raises(Unavailable):
            file.append(events(1))
    with pytest.raises(Unavailable, match="half a line may have stayed"):
        file.append(events(2))
    file.close()
    assert (verdict_on(series).torn is not None, verdict_on(series).fault) == (True, None)


def abandon(file):
    """What a kill leaves behind: the lock is gone, and nothing was said."""
    os.close(file._anchor)
    file._release()
    file.closed = True
