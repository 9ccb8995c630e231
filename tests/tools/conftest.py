import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The contracts, the generated code and the tools of this repository, to be spoiled at will."""
    for name in ("protos", "tools", "src"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("buf.yaml", "buf.gen.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def run(copy: Path) -> Run:
    """Run a tool of the copy, with a PATH that does not hold the environment it runs in."""

    def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PATH": os.defpath, "PYTHONPATH": ""}
        command = [sys.executable, str(copy / "tools" / tool), *arguments]
        return subprocess.run(command, cwd=copy.parent, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def git(copy: Path) -> Callable[..., str]:
    """Run git in the copy, which is a repository with one commit on main from the first call on."""

    def git(*arguments: str) -> str:
        names = ["-c", "user.name=test", "-c", "user.email=test"]
        done = subprocess.run(["git", *names, *arguments], cwd=copy, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    git("add", "protos", "buf.yaml")
    git("commit", "--quiet", "--message=contracts")
    return git
