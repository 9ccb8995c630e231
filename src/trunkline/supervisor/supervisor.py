"""A mesh in processes, as `trunkline up` and programs that drive one see it."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Self, TextIO

from trunkline.clock import SystemClock
from trunkline.config import load_access_file
from trunkline.config.environment import without_who
from trunkline.config.fault import in_words
from trunkline.supervisor.console import Console, coloured
from trunkline.supervisor.errors import StartError
from trunkline.supervisor.keeper import Keeper
from trunkline.supervisor.order import dependents_of, needed_by, start_order
from trunkline.supervisor.part import parts_of, trunkline_command
from trunkline.supervisor.ports import with_free_ports
from trunkline.supervisor.secrets import make_secrets
from trunkline.supervisor.vouch import vouch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from trunkline.clock import Clock
    from trunkline.config import MeshFile
    from trunkline.supervisor.part import Command

RESOLVED = "mesh.yaml"


class Supervisor:
    """Runs a mesh: `async with Supervisor(mesh_file) as up: await up.wait_ready()`.

    Entering checks that every address is free, picks a port for each port 0, makes the bootstrap secrets and the
    certificates, writes the resolved mesh file to `<data_dir>/mesh.yaml` and starts all processes; it raises StartError
    or ConfigError, one line, before anything is started. Leaving drains them in reverse order.

    `output` gets the lines of all processes, each behind its name. `environ` is what they inherit. `command` says how
    a component is started; the program is told `TRUNKLINE_FILE`, `TRUNKLINE_COMPONENT` and `TRUNKLINE_INSTANCE`, reads
    one line from its standard input before it begins, and had better end when that input does.
    """

    def __init__(
        self,
        mesh_file: MeshFile,
        *,
        command: Command = trunkline_command,
        output: TextIO | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Clock | None = None,
    ) -> None:
        self.mesh_file = mesh_file
        self.ready = asyncio.Event()
        self.clean = True
        self._command = command
        self._output = output or sys.stderr
        self._environ = without_who(environ)
        self._clock = clock or SystemClock()
        self._keepers: dict[str, Keeper] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> dict[str, int]:
        """The pid of each process that runs just now, by component; `name/0`, `name/1` where it has instances."""
        return {name: keeper.running.pid for name, keeper in self._keepers.items() if keeper.running}

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process was started again."""
        return {name: max(keeper.starts - 1, 0) for name, keeper in self._keepers.items()}

    def kill(self, name: str) -> int:
        """Kill the process called `name` with SIGKILL, as a crash would; it starts again. Return its pid.

        Raises KeyError for an unknown name, ProcessLookupError where it is dead just now.
        """
        return self._keepers[name].kill()

    async def wait_ready(self) -> None:
        """Wait until every process is ready. Raises StartError where one will never be."""
        everyone = asyncio.create_task(self._all_ready())
        try:
            await asyncio.wait({everyone, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in self._tasks:
                if task.done():
                    task.result()
        finally:
            everyone.cancel()

    def force(self) -> None:
        """Kill every process now and start none again."""
        self.clean = False
        for keeper in self._keepers.values():
            keeper.force()

    async def __aenter__(self) -> Self:
        folder = self.mesh_file.folder
        # Before any port is chosen, as its faults name the file that people wrote, not the one that is written here.
        load_access_file(self.mesh_file)
        resolved = with_free_ports(self.mesh_file)
        placed = resolved.with_data_dir(folder).at(folder / RESOLVED)
        parts = parts_of(placed, self._command, self._environ)
        try:
            make_secrets(folder / "secrets", resolved.components)
            vouch(placed, self._environ, self._clock)
            self.mesh_file = resolved.write(folder / RESOLVED)
        except OSError as error:
            raise StartError(f"data_dir: {in_words(error)}; nothing was started") from None
        console = Console(self._output, [part.name for part in parts], colour=coloured(self._output))
        needs = self.mesh_file.needs()
        for part in start_order(parts, needs):
            after = [self._keepers[other.name] for other in needed_by(part, parts, needs)]
            self._keepers[part.name] = Keeper(part, after, environ=self._environ, console=console, clock=self._clock)
        self._tasks = [asyncio.create_task(keeper.keep()) for keeper in self._keepers.values()]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._drain()
        finally:
            # Only where draining was itself cut short is there anything left to kill.
            for keeper in self._keepers.values():
                keeper.force()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _drain(self) -> None:
        parts = [keeper.part for keeper in self._keepers.values()]
        needs = self.mesh_file.needs()
        stops = (
            keeper.stop([self._keepers[other.name] for other in dependents_of(keeper.part, parts, needs)])
            for keeper in self._keepers.values()
        )
        self.clean = all(await asyncio.gather(*stops)) and self.clean

    async def _all_ready(self) -> None:
        for keeper in self._keepers.values():
            await keeper.ready.wait()
        self.ready.set()
