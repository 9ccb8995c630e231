from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_one_round_gives_every_figure_of_each_algorithm(tmp_path):
    file = tmp_path / "verify.json"
    command = [sys.executable, str(ROOT / "benchmarks" / "verify.py"), "--rounds", "1", "--json", str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "PyJWT" in done.stdout
    figures = json.loads(file.read_text())
    assert set(figures["cold_to_pyjwt"]) == {"EdDSA", "ES256"}
    for each in figures["us"].values():
        assert set(each) == {"warm", "cold", "pyjwt"}
        assert all(value > 0 for value in each.values())
