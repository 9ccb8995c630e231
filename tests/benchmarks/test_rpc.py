from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTESTANTS = {"bare", "trunkline_10", "trunkline_100", "by_hand"}
FIGURES = ("cpu_us", "calls_per_second", "p50_us", "p99_us")


async def run_benchmark(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "benchmarks" / "rpc.py"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.timeout(180)
async def test_one_round_gives_every_figure_of_every_contestant_and_the_footprint(tmp_path):
    file = tmp_path / "rpc.json"

    status, out, err = await run_benchmark("--rounds", "1", "--calls", "20", "--json", str(file))

    assert status == 0, err
    assert "by hand" in out
    figures = json.loads(file.read_text())
    for name in FIGURES:
        assert set(figures[name]) == CONTESTANTS
        assert all(value > 0 for value in figures[name].values())
        assert figures["ratios"][name]["bare"] == 1.0
    assert set(figures["footprint"]) == {"import_s", "import_mesh_s", "help_s", "idle_rss_mb"}
    assert figures["machine"]["rounds"] == 1


async def test_a_folder_for_the_figures_that_does_not_exist_is_told_before_anything_runs(tmp_path):
    status, out, err = await run_benchmark("--json", str(tmp_path / "none" / "rpc.json"))

    assert status == 2
    assert "--json" in err
    assert out == ""
