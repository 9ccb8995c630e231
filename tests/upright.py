"""A mesh as people run it: `trunkline up` in a folder with a mesh file, in processes of its own."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SHIM = """\
#!/bin/sh
exec '{python}' -m trunkline "$@"
"""


@dataclass
class Up:
    """`environ` is what the mesh and the command line beside it run with.

    `said` is what was on stderr until the mesh was up, `lines` what came after it; `pid` that of the supervisor.
    """

    folder: Path
    environ: dict[str, str]
    said: str
    pid: int
    lines: list[str] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def file(self) -> Path:
        """The mesh file as it runs, with the ports that were chosen."""
        return self.folder / ".trunkline" / "mesh.yaml"

    @property
    def http(self) -> str:
        """Where the backbone serves its key set."""
        return re.search(r"key set at http://([\d.:]+)/", self.said)[1]

    async def said_more(self) -> None:
        """Wait until there is another of `lines`."""
        self.more.clear()
        await self.more.wait()

    async def shell(self, script: str) -> tuple[int | None, str, str]:
        """Run `script`, which knows `trunkline` and this mesh, until its first failure; return status and output."""
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "trunkline").write_text(SHIM.format(python=sys.executable))
        (programs / "trunkline").chmod(0o755)
        path = f"{programs}{os.pathsep}{self.environ.get('PATH', '')}"
        process = await asyncio.create_subprocess_exec(
            *("sh", "-ec", script),
            cwd=self.folder,
            env=self.environ | {"PATH": path, "TRUNKLINE_FILE": str(self.file), "COLUMNS": "100"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


def outer() -> dict[str, str]:
    """Return the environment without settings of ours, and with the sources on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    return kept | {"PYTHONPATH": str(ROOT / "src")}


@asynccontextmanager
async def upright(folder: Path):
    """Start the mesh of `folder`; yield it once it is up, drain it at the end."""
    environ = outer()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "up"), cwd=folder, env=environ, stderr=asyncio.subprocess.PIPE
    )
    said = ""
    while "is up" not in said:
        line = await process.stderr.readline()
        assert line, said
        said += line.decode()
    up = Up(folder, environ, said, process.pid)
    # A pipe that nobody reads fills up, and who writes to it stands still then.
    reading = asyncio.create_task(_read(process.stderr, up))
    try:
        yield up
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await reading


async def _read(stream: asyncio.StreamReader, up: Up) -> None:
    while line := await stream.readline():
        up.lines.append(line.decode())
        up.more.set()
