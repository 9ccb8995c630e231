"""One journey: the mesh up in processes, the drive, the figures, the mesh down."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import TYPE_CHECKING, TextIO

from campus.journey.bar import bar
from campus.journey.calls import merge
from campus.journey.chaos import chaos
from campus.journey.drive import Drive
from campus.journey.expected import expected
from campus.journey.learners import count_steps, learners
from campus.journey.private import private_environ, sampled
from campus.journey.refusal import refusal
from campus.journey.reported import reported
from campus.journey.show import show, show_refusal
from campus.journey.summary import Summary
from campus.journey.tally import Tally
from campus.journey.trace import sample_trace
from campus.journey.watch import Watch
from trunkline import Mesh, Supervisor, SystemClock, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from rich.console import Console

    from campus.journey.rows import DataSet
    from trunkline import MeshFile

CLIENT = "journey"
COMPONENTS = ("accounts", "activity", "progress")
START_TIMEOUT = 60.0


class Journey:
    """A run over `data`. The summary goes to `out`, what happens on the way to `err`, the components' log to `log`."""

    def __init__(self, data: DataSet, *, out: Console, err: Console, log: TextIO, with_chaos: bool) -> None:
        self._data = data
        self._out = out
        self._err = err
        self._log = log
        self._with_chaos = with_chaos
        self._clock = SystemClock()
        self._tally = Tally()

    async def run(self, mesh_file: MeshFile) -> Summary:
        """Start the mesh, drive it, show the summary, stop the mesh.

        Raises StartError, TimeoutError or ConfigError where it does not start, DriveError or MeshError where a call
        fails for good.
        """
        environ = private_environ(os.environ)
        began = self._clock.monotonic()
        async with Supervisor(mesh_file, output=self._log, environ=environ) as up:
            async with asyncio.timeout(START_TIMEOUT):
                await up.wait_ready()
            self._say(f"the campus is up in {len(up.pids)} processes after {self._clock.monotonic() - began:.1f} s")
            settings = settings_for(up.mesh_file, CLIENT, environ=environ)
            async with Mesh.open(sampled(settings, len(self._data.answers))) as mesh:
                summary = await self._through(mesh, up)
        self._say(f"done after {self._clock.monotonic() - began:.1f} s")
        return summary

    async def _through(self, mesh: Mesh, up: Supervisor) -> Summary:
        watch = Watch(mesh, COMPONENTS)
        drive = Drive(mesh.channel, tally=self._tally, clock=self._clock, random=Random())
        async with _beside(watch.run()), _beside(self._chaos(up)) as killing:
            began = self._clock.monotonic()
            async with bar(self._err, self._tally, total=count_steps(self._data)):
                await drive.run(learners(self._data))
            seconds = self._clock.monotonic() - began
            await killing
        totals, disagreements = await reported(mesh.channel)
        calls = merge(await watch.look())
        refused = await refusal(mesh.channel, up.mesh_file.path, caller=CLIENT, width=self._out.width)
        summary = Summary(
            rows=self._data.rows,
            calls=calls,
            seconds=seconds,
            resent=self._tally.resent,
            totals=totals,
            expected=expected(self._data),
            disagreements=[*disagreements, *refused.wrong],
            refused=refused.error.reason if refused.error else "",
        )
        show(self._out, summary, await sample_trace(mesh, COMPONENTS))
        show_refusal(self._out, refused)
        return summary

    async def _chaos(self, up: Supervisor) -> None:
        if self._with_chaos:
            count = len(self._data.answers)
            await chaos(up, COMPONENTS, submissions=count, tally=self._tally, clock=self._clock, say=self._say)

    def _say(self, text: str) -> None:
        self._err.print(text, style="dim", highlight=False)


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run `work` beside the block, at most until its end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
