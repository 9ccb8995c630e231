"""One process of a mesh: its output line by line, the word to begin, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

CHUNK = 65536
LONGEST_LINE = 1024 * 1024
# How long after the end of a process its last lines may take; something it left behind may hold the pipe for ever.
LAST_WORDS = 1.0


class Running:
    """A started process.

    Its standard input stays open as long as this process lives: one line on it is the word to begin, its end means
    that nobody watches over the process any more.
    """

    def __init__(self, process: Process, line: Callable[[str], None]) -> None:
        self._process = process
        self._output = asyncio.create_task(self._forward(line))
        self.pid = process.pid

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str], *, line: Callable[[str], None]) -> Running:
        """Start `command`; `line` gets each line of its output. Raises OSError where it cannot be started."""
        # A session of its own: ^C in the terminal reaches the supervisor alone, which stops all in their order.
        process = await asyncio.create_subprocess_exec(
            *command, env=dict(environ), stdin=PIPE, stdout=PIPE, stderr=STDOUT, start_new_session=True
        )
        return cls(process, line)

    async def begin(self) -> None:
        """Give the word to begin; a process that is dead by now does not mind."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(b"begin\n")
            await self._process.stdin.drain()

    def terminate(self) -> None:
        """Ask it to drain and end."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, and whatever it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait for its end and its last line; return its return code."""
        status = await self._process.wait()
        self.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._output
        return status

    async def _forward(self, line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        async for text in lines(self._process.stdout):
            line(text)


async def lines(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield each line without its end. A line longer than the bound comes in pieces; the last needs no end."""
    rest = b""
    while chunk := await reader.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST_LINE:
            whole.append(rest)
            rest = b""
        for one in whole:
            yield one.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace")
