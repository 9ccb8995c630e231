from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def promised(example: Path) -> str:
    """Return the output that the docstring shows: its indented lines."""
    text = ast.get_docstring(ast.parse(example.read_text(encoding="utf-8"))) or ""
    return "".join(f"{line.strip()}\n" for line in text.splitlines() if line.startswith("    "))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_its_docstring_shows(example):
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src"), "GRPC_VERBOSITY": "NONE"}
    run = subprocess.run([sys.executable, example], env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert promised(example)
    assert run.stdout == promised(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short(example):
    assert len(example.read_text(encoding="utf-8").splitlines()) < 60
