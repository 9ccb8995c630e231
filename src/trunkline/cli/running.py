"""A mesh in the foreground: up until a signal, then drained."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from trunkline.cli.plain import complain
from trunkline.supervisor import Supervisor
from trunkline.supervisor.part import trunkline_command

if TYPE_CHECKING:
    from trunkline.config import MeshFile
    from trunkline.supervisor.part import Command


async def run_mesh(mesh: MeshFile, *, command: Command = trunkline_command) -> bool:
    """Run `mesh` until SIGINT or SIGTERM; return whether it drained cleanly. `command` says how a component starts.

    Raises StartError where it cannot start.
    """
    began = time.monotonic()
    environ = {name: value for name, value in os.environ.items() if name != "TRUNKLINE_DATA_DIR"}
    supervisor = Supervisor(mesh, command=command, environ=environ | _log_format(mesh))
    stop = _stop_at_signals(supervisor)
    async with supervisor:
        if await _ready_before(stop, supervisor):
            took = time.monotonic() - began
            complain(f"mesh {mesh.mesh} is up: {', '.join(supervisor.pids)} in {took:.1f} s")
            await stop.wait()
        complain("draining; once more kills")
    return supervisor.clean


def _stop_at_signals(supervisor: Supervisor) -> asyncio.Event:
    stop = asyncio.Event()

    def signalled() -> None:
        if stop.is_set() and supervisor.pids:
            complain(f"killed: {', '.join(supervisor.pids)}")
            supervisor.force()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
    return stop


async def _ready_before(stop: asyncio.Event, supervisor: Supervisor) -> bool:
    ready, stopped = asyncio.create_task(supervisor.wait_ready()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
        return not stop.is_set()
    finally:
        ready.cancel()
        stopped.cancel()


def _log_format(mesh: MeshFile) -> dict[str, str]:
    # The output of a child is a pipe, so it cannot see by itself that a person reads its lines.
    said = "TRUNKLINE_LOG__FORMAT" in os.environ or "format" in mesh.settings.log.model_fields_set
    return {} if said or not sys.stderr.isatty() else {"TRUNKLINE_LOG__FORMAT": "console"}
