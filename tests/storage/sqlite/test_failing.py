from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LIMITED = Path(__file__).with_name("limited.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    path = tmp_path_factory.mktemp("failing") / "data" / "store.db"
    done = subprocess.run([sys.executable, LIMITED, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_write_that_the_disk_fails_is_told_apart_from_a_full_disk(told):
    assert told[0] == "STORE_FAILED"


def test_reads_go_on_while_the_disk_fails(told):
    assert told[1] == "ok"


def test_writes_go_on_by_themselves_once_the_disk_works(told):
    assert told[2] == "ok"


def test_a_write_that_failed_took_no_revision(told):
    assert told[3] == "2"
