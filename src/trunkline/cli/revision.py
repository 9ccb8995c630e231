"""The files of an earlier state, laid out beside those here."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def at_revision(revision: str) -> Iterator[Path]:
    """Lay what the working directory was at a git revision into a folder that goes away after the block.

    Raises ConfigError where there is no git, or no such revision.
    """
    from trunkline.config import ConfigError

    program = shutil.which("git")
    if program is None:
        raise ConfigError("--diff needs git, which is not installed")
    # The commit is asked for first: what it answers is no option, whatever was typed.
    commit = _git(program, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    archive = _git(program, "archive", "--format=tar", commit)
    with tempfile.TemporaryDirectory(prefix="trunkline-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def _git(program: str, *arguments: str) -> bytes:
    from trunkline.config import ConfigError

    done = subprocess.run([program, *arguments], capture_output=True, check=False)  # noqa: S603  a fixed program
    if done.returncode:
        raise ConfigError(f"--diff: {done.stderr.decode(errors='replace').strip() or 'git failed'}")
    return done.stdout
