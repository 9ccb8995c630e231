"""All that must hold for contracts: `make lint` calls it. Every step runs, whatever the others found."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TOOLS = ROOT / "tools"

STEPS: dict[str, list[str | Path]] = {
    "buf lint": [BIN / "buf", "lint"],
    "buf format": [BIN / "buf", "format", "-d", "--exit-code"],
    "buf breaking": [sys.executable, TOOLS / "breaking.py"],
    "generated code": [sys.executable, TOOLS / "generate.py", "--check"],
    "contract check": [sys.executable, "-m", "trunkline", "contracts", "check"],
}
MENDS = {"buf format": "mend: buf format -w"}


def run(name: str, command: list[str | Path]) -> bool:
    """Run one step. What it says goes to stdout where it passes and to stderr where it fails."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT / "src"), *_inherited()]))}
    start = time.monotonic()
    done = subprocess.run(  # noqa: S603  fixed programs
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    passed = done.returncode == 0
    out = sys.stdout if passed else sys.stderr
    print(f"{name}: {'ok' if passed else 'FAILED'} ({time.monotonic() - start:.1f} s)", file=out)
    said = [done.stdout.rstrip(), "" if passed else MENDS.get(name, "")]
    for text in filter(None, said):
        print("  " + text.replace("\n", "\n  "), file=out)
    out.flush()
    return passed


def _inherited() -> list[str]:
    return os.environ.get("PYTHONPATH", "").split(os.pathsep)


if __name__ == "__main__":
    results = [run(name, command) for name, command in STEPS.items()]
    sys.exit(0 if all(results) else 1)
