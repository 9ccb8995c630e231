"""The whole journey from its command line, in real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Sends ^C in the middle of loading, when the journey reaches for its first larger library.
AT_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "rich.console":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
"""

# Each test starts five processes, and may have to share the machine with others that do.
pytestmark = pytest.mark.timeout(240)


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
async def start(tmp_path):
    """Start the journey; what is still running at the end is interrupted and waited for."""
    started = []
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(tmp_path), "COLUMNS": "110"}

    async def start(*arguments, **more):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "campus.journey",
            *map(str, arguments),
            cwd=ROOT,
            env=environ | more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.communicate()


@pytest.fixture
def run(start):
    async def run(*arguments):
        process = await start(*arguments)
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    return run


async def test_a_data_set_goes_through_and_comes_out_equal(run, folder, tmp_path):
    status, out, err = await run("--data", folder, "--json", tmp_path / "summary.json")
    assert status == 0, err
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["equal"]
    assert summary["totals"] == summary["expected"]
    assert summary["totals"]["AAA/2013J"]["weighted_sum"] == 87.25
    assert summary["calls"]["campus.api.activity.v1.ActivityService/Submit"]["count"] == 5
    assert "✓ equal" in out
    assert "progress serves RecordCompletion" in out
    assert not list(tmp_path.glob("journey-*"))


async def test_a_component_killed_on_the_way_costs_nothing(run):
    status, out, err = await run("--learners", 40, "--chaos")
    assert status == 0, out + err
    for name in ("accounts", "activity", "progress"):
        assert f"killed {name} (pid " in err
        assert f"{name} is ready again after" in err
    assert "✓ equal" in out


async def test_a_bad_row_stops_the_run_before_anything_starts(run, folder, change, tmp_path):
    change("studentAssessment.csv", "0,77", "0,abc")
    status, out, err = await run("--data", folder, "--json", tmp_path / "summary.json")
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        "studentAssessment.csv:2: score: 'abc' is no number from 0 to 100",
        (
            "1 bad row; nothing was started. Mend them, or leave them out with --skip-bad-rows "
            "(make demo ARGS=--skip-bad-rows)"
        ),
    ]
    assert not (tmp_path / "summary.json").exists()


async def test_bad_rows_are_left_out_where_that_was_asked_for(run, folder, change):
    change("studentAssessment.csv", "0,77", "0,abc")
    status, out, err = await run("--data", folder, "--skip-bad-rows")
    assert status == 0, out + err
    assert "1 bad row left out" in err
    assert "studentAssessment 4" in out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--json", "nowhere/summary.json"], 1, "nowhere/summary.json: No such file or directory; nothing was started"),
        (["--logs", "nowhere/log"], 1, "nowhere/log: No such file or directory; nothing was started"),
        (["--data", "nowhere"], 1, "nowhere: no such folder"),
        (["--file", "nowhere.yaml"], 2, "nowhere.yaml: no such file or directory"),
    ],
)
async def test_what_cannot_work_is_refused_in_one_line(run, arguments, status, said):
    assert await run(*arguments) == (status, "", f"{said}\n")


async def test_an_interrupt_while_the_program_is_loaded_is_one_line(start, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(AT_IMPORT)
    process = await start("--learners", 5, PYTHONPATH=f"{tmp_path}:{ROOT / 'src'}")
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"interrupted\n")


@pytest.mark.parametrize(("given", "on"), [("1", True), ("yes", True), ("true", True), ("", False), ("off", False)])
async def test_make_kills_components_only_where_it_is_told_to(given, on):
    make = await asyncio.create_subprocess_exec(
        "make", "-n", "-o", ".venv/.ready", "demo", f"CHAOS={given}", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await make.communicate()
    assert (b"--chaos" in out) is on


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupted_run_stops_every_process(start, tmp_path, sent, status):
    log = tmp_path / "log"
    process = await start("--learners", 5000, "--logs", log)
    line = await process.stderr.readline()
    assert b"the campus is up in 4 processes" in line
    children = children_of(process.pid)
    assert len(children) == 4
    process.send_signal(sent)
    _, err = await process.communicate()
    assert process.returncode == status
    assert f"log of the components: {log}".encode() in err
    assert not any(map(alive, children))
    assert not list(tmp_path.glob("journey-*"))
