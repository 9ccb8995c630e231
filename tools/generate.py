"""Generated code: `python tools/generate.py` makes it anew from protos/; `--check` only says what differs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PATTERNS = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")
MEND = "mend: make generate"


def generate(out: Path) -> bool:
    """Generate all code into `out`/src. False where buf failed; its message then stands on stderr."""
    # buf.gen.yaml names its plugins by program, and they live beside this Python.
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([BIN / "buf", "generate", "-o", out], cwd=ROOT, env=environment, check=False)  # noqa: S603
    return done.returncode == 0


def code(root: Path) -> dict[str, bytes]:
    """Return all generated code under `root`/src by its path from `root`."""
    found = (path for pattern in PATTERNS for path in (root / "src").rglob(pattern))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def differences(fresh: dict[str, bytes], present: dict[str, bytes]) -> list[str]:
    """Say what must change in `present` to become `fresh`, one line a file."""
    words = {
        name: "is missing" if name not in present else "has no contract any more" if name not in fresh else "differs"
        for name in sorted(fresh.keys() | present.keys())
        if fresh.get(name) != present.get(name)
    }
    return [f"{name} {word}" for name, word in words.items()]


def replace(fresh: dict[str, bytes], present: dict[str, bytes]) -> None:
    """Make the generated code of the repository equal to `fresh`."""
    for name in present.keys() - fresh.keys():
        (ROOT / name).unlink()
    for name, content in fresh.items():
        if present.get(name) != content:
            path = ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def main() -> int:
    """Run; the exit status says whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the code is not up to date")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        if not generate(Path(folder)):
            return 1
        fresh, present = code(Path(folder)), code(ROOT)
    found = differences(fresh, present)
    if not check:
        replace(fresh, present)
    for line in found:
        print(line, file=sys.stderr if check else sys.stdout)
    if check and found:
        print(f"the generated code is not what protos/ says; {MEND}", file=sys.stderr)
    return int(check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
