"""Keeps one part of the mesh alive: starts it, waits until it is ready, starts it again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from trunkline.config import BACKBONE
from trunkline.config.environment import without_master_key
from trunkline.config.fault import in_words
from trunkline.supervisor.ending import USELESS, ending, manner
from trunkline.supervisor.errors import StartError
from trunkline.supervisor.probe import until_serving
from trunkline.supervisor.process import Running
from trunkline.supervisor.restart import restart_delay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trunkline.clock import Clock
    from trunkline.supervisor.console import Console
    from trunkline.supervisor.part import Part

# So often a part may end before it was ever ready; one that was ready once is started again for ever.
TRIES = 5


class Keeper:
    """Keeps `part` alive from `keep` to `stop`. `ready` is set while it answers that it is.

    The process is started at once, so that all load their code at the same time, and gets the word to begin when
    everything in `after` is ready.
    """

    def __init__(
        self, part: Part, after: Sequence[Keeper], *, environ: Mapping[str, str], console: Console, clock: Clock
    ) -> None:
        self.part = part
        self.ready = asyncio.Event()
        self.stopped = asyncio.Event()
        self.starts = 0
        self.running: Running | None = None
        self._after = after
        inherited = environ if part.component == BACKBONE else without_master_key(environ)
        self._environ = {**inherited, **part.environ}
        self._console = console
        self._clock = clock
        self._stopping = asyncio.Event()
        self._was_ready = False

    async def keep(self) -> None:
        """Run the part until it is told to stop.

        Raises StartError where it cannot be started, or was never ready and no restart will help.
        """
        delay = 0.0
        try:
            while not self._stopping.is_set():
                born = self._clock.monotonic()
                pid, status = await self._live()
                if self._stopping.is_set():
                    return
                delay = restart_delay(delay, self._clock.monotonic() - born)
                self._report(pid, status, delay)
                await self._pause(delay)
        finally:
            self.stopped.set()

    def kill(self) -> int:
        """Kill the process and return its pid. Raises ProcessLookupError where none runs just now."""
        if self.running is None:
            raise ProcessLookupError(f"{self.part.name} is not running")
        self.ready.clear()
        self.running.kill()
        return self.running.pid

    async def stop(self, dependents: Sequence[Keeper]) -> bool:
        """Stop the part after `dependents`; return whether it ended by itself in time."""
        for dependent in dependents:
            await dependent.stopped.wait()
        self._stopping.set()
        if self.running is not None:
            self.running.terminate()
        try:
            async with asyncio.timeout(self.part.patience):
                await self.stopped.wait()
        except TimeoutError:
            self._console.say(f"{self.part.name} did not stop within {self.part.patience:g} s and is killed")
            self.force()
            await self.stopped.wait()
            return False
        return True

    def force(self) -> None:
        """Kill the process, if there is one, and start none again."""
        self._stopping.set()
        if self.running is not None:
            self.running.kill()

    async def _live(self) -> tuple[int, int]:
        try:
            running = await Running.start(self.part.command, self._environ, line=self._line)
        except OSError as error:
            raise StartError(f"{self.part.name} cannot be started: {in_words(error)}") from None
        self.starts += 1
        self.running = running
        if self._stopping.is_set():
            running.kill()
        watch = asyncio.create_task(self._bring_up(running))
        try:
            return running.pid, await running.ended()
        finally:
            running.kill()
            self.running = None
            self.ready.clear()
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _bring_up(self, running: Running) -> None:
        for other in self._after:
            await other.ready.wait()
        running.begin()
        if self.part.target is not None:
            await until_serving(self.part.target)
        self._was_ready = True
        self.ready.set()

    def _line(self, text: str) -> None:
        self._console.line(self.part.name, text)

    def _report(self, pid: int, status: int, delay: float) -> None:
        how = f"{self.part.name} (pid {pid}) {ending(status)}"
        if not self._was_ready:
            self._judge(status, how)
        self._console.say(f"{how}; it starts again in {delay:g} s")

    def _judge(self, status: int, how: str) -> None:
        name = self.part.name
        if status == 0:
            raise StartError(f"{name} returned before it served; does main await mesh.serve(...)?")
        if status == USELESS:
            raise StartError(f"{how} before it was ready; see its lines above", final=True)
        if self.starts >= TRIES:
            often = f"it ended {self.starts} times, last {manner(status)}"
            raise StartError(f"{name} never became ready: {often}; see its lines above")

    async def _pause(self, delay: float) -> None:
        try:
            async with asyncio.timeout(delay):
                await self._stopping.wait()
        except TimeoutError:
            return
