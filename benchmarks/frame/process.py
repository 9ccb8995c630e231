"""The parent's side of the control line: start a child, ask it, end it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

BENCHMARKS = Path(__file__).resolve().parent.parent
ANSWER_S = 120.0
END_S = 10.0
LINE_BYTES = 1 << 20


class ChildError(Exception):
    """A child ended or fell silent; the text has the last lines it wrote to stderr."""


class Child:
    """A running child that obeys commands."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.pid = process.pid
        self._process = process
        self._log = log

    async def ask(self, do: str, **arguments: object) -> Any:
        """Send one command and return its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        """Return the next answer; ChildError where none comes."""
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_S)
        except TimeoutError:
            line = b""
        if not line:
            tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise ChildError(f"{self._log.stem} does not answer:\n{tail}")
        return json.loads(line)

    async def end(self) -> None:
        """Close the control line, wait for the exit, kill what does not go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), END_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def child(
    script: str, *arguments: object, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Child]:
    """Run `benchmarks/<script>` with a control line; its stderr goes to `log`. Ready when yielded."""
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(BENCHMARKS / script),
            *map(str, arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **(environment or {})},
            limit=LINE_BYTES,
        )
    running = Child(process, log)
    try:
        await running.answer()
        yield running
    finally:
        await running.end()
