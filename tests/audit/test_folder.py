from __future__ import annotations

from datetime import date

import pytest

from trunkline.audit.folder import Series, day_of, lines, series_in, series_of


@pytest.fixture
def folder(tmp_path):
    for name in (
        "accounts.2026-03-02.jsonl",
        "accounts.2026-03-01.jsonl",
        "accounts.2026-03-01.jsonl.torn",
        "accounts.2026-13-01.jsonl",
        "accounts.1.2026-03-01.jsonl",
        "accounts-1.anchor",
        "notes.txt",
    ):
        (tmp_path / name).write_text(f"{name}\nlast")
    return tmp_path


def test_every_log_in_a_folder_is_found_by_its_files_or_its_anchor(folder):
    assert [one.name for one in series_in(folder)] == ["accounts", "accounts-1", "accounts.1"]


def test_the_files_of_a_log_come_in_the_order_of_their_days(folder):
    names = [path.name for path in Series.of(folder, "accounts", 0).files()]
    assert names == ["accounts.2026-03-01.jsonl", "accounts.2026-03-02.jsonl"]


def test_instances_have_logs_of_their_own_that_no_name_of_a_component_can_clash_with(folder):
    assert [Series.of(folder, "accounts", number).name for number in (0, 1)] == ["accounts", "accounts.1"]
    assert Series.of(folder, "accounts-1", 0).name == "accounts-1"


def test_a_file_tells_its_log_and_its_day(folder):
    path = folder / "accounts.1.2026-03-01.jsonl"
    assert series_of(path) == Series(folder, "accounts.1")
    assert day_of(path) == date(2026, 3, 1)
    assert series_of(folder / "accounts-1.anchor") == Series(folder, "accounts-1")
    assert series_of(folder / "notes.txt") is None


def test_lines_are_numbered_in_each_file_and_keep_their_ends(folder):
    found = list(lines(Series.of(folder, "accounts", 0).files()))
    assert [(line.number, line.text.endswith(b"\n")) for line in found] == [(1, True), (2, False)] * 2


def test_a_folder_that_is_not_there_holds_no_files(tmp_path):
    assert Series.of(tmp_path / "none", "accounts", 0).files() == []
