"""How long it takes to import Trunkline and to show its help, and how much memory an idle component holds."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from frame.mesh import FILE, backbone, free_addresses, ready, trunkline, write_mesh

if TYPE_CHECKING:
    from rich.progress import Progress

TIMES = 5
KIB_PER_MB = 1024
IDLE_S = 1.0
COMPONENT = "accounts"
ENTRY = "campus.accounts:main"


def footprint(folder: Path, progress: Progress, *, times: int = TIMES) -> dict[str, float]:
    """Measure each figure `times` times; the medians."""
    folder.mkdir()
    task = progress.add_task("footprint", total=4)
    found = {}
    for name, measure in (
        ("import_s", lambda: import_seconds("import trunkline", times)),
        ("import_mesh_s", lambda: import_seconds("from trunkline import Mesh", times)),
        ("help_s", lambda: help_seconds(times)),
        ("idle_rss_mb", lambda: asyncio.run(idle_mb(folder, times))),
    ):
        found[name] = measure()
        progress.advance(task)
    return found


def import_seconds(statement: str, times: int) -> float:
    """Median seconds of an import in a fresh interpreter, without the interpreter's own start."""
    code = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    return statistics.median(float(_run("-c", code)) for _ in range(times))


def help_seconds(times: int) -> float:
    """Median seconds from starting `trunkline --help` to its end, the interpreter included."""
    return statistics.median(_timed("-m", "trunkline", "--help") for _ in range(times))


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / KIB_PER_MB
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)) / KIB_PER_MB


async def idle_mb(folder: Path, times: int) -> float:
    """Median resident memory of `campus.accounts` with its database, ready and not called, in MB."""
    place, *addresses = free_addresses(times + 1)
    component = {
        "run": ENTRY,
        "addresses": addresses,
        "services": ["campus.api.accounts.v1.AccountsService"],
        "database": "sqlite+aiosqlite:///{data_dir}/accounts.db",
    }
    write_mesh(folder, {"backbone": {"address": place}, "components": {COMPONENT: component}}, scopes={})
    async with backbone(folder), AsyncExitStack() as stack:
        pids = []
        for instance, address in enumerate(addresses):
            log = folder / f"instance {instance}.log"
            process = await stack.enter_async_context(_instance(folder, instance, log))
            await ready(address, log=folder / f"waiting for instance {instance}.log")
            pids.append(process.pid)
        # What its start left to be collected or given back, it has by now.
        await asyncio.sleep(IDLE_S)
        return statistics.median(resident_mb(pid) for pid in pids)


def _instance(folder: Path, instance: int, log: Path) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    # Told who it is as `trunkline up` tells it.
    environment = {
        "TRUNKLINE_FILE": str(folder / FILE),
        "TRUNKLINE_COMPONENT": COMPONENT,
        "TRUNKLINE_INSTANCE": str(instance),
    }
    return trunkline("run", ENTRY, log=log, environment=environment)


def _run(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


def _timed(*arguments: str) -> float:
    start = time.perf_counter()
    _run(*arguments)
    return time.perf_counter() - start
