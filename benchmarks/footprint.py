"""How long it takes to import Trunkline and to show its help, and how much memory an idle component holds."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

TIMES = 5
KIB_PER_MB = 1024
# The entry point of the `trunkline` command, whether or not its script is installed.
COMMAND = "import sys; from trunkline.cli import main; sys.argv[0] = 'trunkline'; main()"


def import_seconds(times: int = TIMES) -> float:
    """Median seconds of `import trunkline` in a fresh interpreter, without the interpreter's own start."""
    code = "import time; start = time.perf_counter(); import trunkline; print(time.perf_counter() - start)"
    return statistics.median(float(_run("-c", code)) for _ in range(times))


def help_seconds(times: int = TIMES) -> float:
    """Median seconds from starting `trunkline --help` to its end, the interpreter included."""
    return statistics.median(_timed("-c", COMMAND, "--help") for _ in range(times))


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / KIB_PER_MB
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)) / KIB_PER_MB


def _run(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


def _timed(*arguments: str) -> float:
    start = time.perf_counter()
    _run(*arguments)
    return time.perf_counter() - start
