from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from campus.journey.log import open_log
from campus.journey.refused import Refused


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_log_that_nobody_asked_for_is_gone_when_all_went_well(temporary):
    told = []
    with open_log(None, tell=told.append) as log:
        log.write("line\n")
    assert (told, list(temporary.iterdir())) == ([], [])


def test_after_a_failure_the_log_stays_and_its_place_is_told(temporary):
    told = []

    def fail():
        with open_log(None, tell=told.append) as log:
            log.write("line\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    (path,) = temporary.iterdir()
    assert told == [f"log of the components: {path}"]
    assert path.read_text() == "line\n"


def test_a_log_that_was_asked_for_stays(tmp_path):
    with open_log(tmp_path / "log", tell=pytest.fail) as log:
        log.write("line\n")
    assert (tmp_path / "log").read_text() == "line\n"


def test_a_log_that_cannot_be_written_is_refused():
    with (
        pytest.raises(Refused, match="No such file or directory; nothing was started"),
        open_log(Path("nowhere/log"), tell=pytest.fail),
    ):
        pytest.fail("the block ran")
