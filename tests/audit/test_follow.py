from __future__ import annotations

from audit.conftest import DAY, NOON, SOURCE, event

from trunkline.audit.file import AuditFile
from trunkline.audit.folder import Series, series_in
from trunkline.audit.follow import Follower, records_of


def test_the_records_of_several_logs_come_by_their_time(series, opened):
    other = AuditFile(Series(series.folder, "activity"), source=SOURCE, now=NOON + 1, retention_days=9)
    file = opened(NOON)
    file.append([(event(1), NOON + 2)])
    other.append([(event(2), NOON + 3)])
    other.close()
    times = [record.time[17:19] for record in records_of(series_in(series.folder))]
    assert times == ["00", "01", "02", "03"]


def test_only_what_is_new_is_followed_and_over_the_end_of_a_day(series, opened):
    file = opened()
    follower = Follower(lambda: [series])
    assert follower.more() == []
    file.append([(event(1), NOON)])
    file.append([(event(2), NOON + DAY)])
    assert [record.event.who for record in follower.more()] == ["caller-1", "caller-2"]
    assert follower.more() == []


def test_a_log_that_appears_later_is_followed_too(series, opened):
    follower = Follower(lambda: series_in(series.folder) if series.folder.exists() else [])
    opened()
    assert [record.event.kind for record in follower.more()] == ["audit.opened"]


def test_half_a_line_is_waited_for(series, opened):
    file = opened()
    follower = Follower(lambda: [series])
    file.append([(event(1), NOON)])
    path = series.files()[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert follower.more() == []
    path.write_bytes(whole)
    assert [record.event.who for record in follower.more()] == ["caller-1"]
