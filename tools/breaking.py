"""`buf breaking` against main: contracts that are in use may grow, never break.

Where a clone has no local main, its origin's main is taken, else HEAD; what was compared with is always said.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUF = Path(sys.executable).with_name("buf")
REFS = {"refs/heads/main": "main", "refs/remotes/origin/main": "origin/main", "HEAD": "HEAD"}
PROTOS = "protos"
WORKSPACE = "buf.yaml"


def git(*arguments: str) -> bytes | None:
    """Run git in the repository; None where it fails or is not installed."""
    program = shutil.which("git")
    if program is None:
        return None
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, check=False)  # noqa: S603
    return done.stdout if done.returncode == 0 else None


def base() -> tuple[str, str] | None:
    """Return what to compare with: its name for people and its commit. None where there is no commit at all."""
    for ref, name in REFS.items():
        commit = git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if commit is not None:
            return name, commit.decode().strip()
    return None


def unpack(commit: str, folder: Path) -> bool:
    """Lay the contracts of a commit into `folder`. False where the commit has none."""
    listed = git("ls-tree", "--name-only", commit, PROTOS, WORKSPACE) or b""
    names = listed.decode().split()
    archive = git("archive", commit, *names) if PROTOS in names else None
    if archive is None:
        return False
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    if WORKSPACE not in names:
        shutil.copy(ROOT / WORKSPACE, folder)
    return any((folder / PROTOS).rglob("*.proto"))


def main() -> int:
    """Run; the exit status says whether all is well."""
    found = base()
    if found is None:
        print("NOT COMPARED: no git history here, so nothing can have been broken")
        return 0
    name, commit = found
    with tempfile.TemporaryDirectory() as folder:
        if not unpack(commit, Path(folder)):
            print(f"NOT COMPARED: {name} ({commit[:12]}) has no contracts yet")
            return 0
        instead = "" if name == "main" else " (there is no local main)"
        print(f"compared with {name}, {commit[:12]}{instead}", flush=True)
        return subprocess.run([BUF, "breaking", "--against", folder], cwd=ROOT, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
