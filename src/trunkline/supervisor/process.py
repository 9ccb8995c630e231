"""One process of a mesh: its output line by line, the word to begin, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import STDOUT
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process
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

    def __init__(self, process: Process, word: int, output: asyncio.ReadTransport, said: asyncio.Task[None]) -> None:
        self.pid = process.pid
        self._process = process
        self._word = word
        self._output = output
        self._said = said

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str], *, line: Callable[[str], None]) -> Running:
        """Start `command`; `line` gets each line of its output. Raises OSError where it cannot be started."""
        # Pipes of our own: with those of asyncio the end of a process goes unseen while a child of it holds one.
        (theirs_in, word), (ours, theirs_out) = os.pipe(), os.pipe()
        try:
            # A session of its own: ^C in the terminal reaches the supervisor alone, which stops all in their order.
            process = await asyncio.create_subprocess_exec(
                *command, env=dict(environ), stdin=theirs_in, stdout=theirs_out, stderr=STDOUT, start_new_session=True
            )
        except OSError:
            os.close(word)
            os.close(ours)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        reader = asyncio.StreamReader()
        output, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", buffering=0)
        )
        return cls(process, word, output, asyncio.create_task(_forward(reader, line)))

    def begin(self) -> None:
        """Give the word to begin; a process that is dead by now does not mind."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._word, b"begin\n")

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
        try:
            status = await self._process.wait()
            self.kill()
            await asyncio.wait({self._said}, timeout=LAST_WORDS)
            return status
        finally:
            self._said.cancel()
            self._output.close()
            os.close(self._word)


async def _forward(reader: asyncio.StreamReader, line: Callable[[str], None]) -> None:
    async for text in lines(reader):
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
