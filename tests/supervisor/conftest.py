import asyncio
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent, indent

import pytest

from trunkline.config import MeshFile, load_mesh_file
from trunkline.supervisor import Supervisor

MEMBER = Path(__file__).parent / "member.py"
SOURCE = Path(__file__).parents[2] / "src"


def member_command(mesh: MeshFile, component: str) -> Sequence[str]:
    """Start the small program of these tests in place of Trunkline itself."""
    return [sys.executable, str(MEMBER)]


@pytest.fixture
def mesh_file(tmp_path: Path) -> Callable[[str], MeshFile]:
    def load(components: str) -> MeshFile:
        path = tmp_path / "trunkline.yaml"
        body = indent(dedent(components), "  ")
        path.write_text("mesh: tests\nbackbone: {address: '127.0.0.1:0'}\ncomponents:\n" + body)
        return load_mesh_file(path)

    return load


class Output(io.StringIO):
    """What was written, and a way to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._written = asyncio.Event()

    def write(self, text: str) -> int:
        self._written.set()
        return super().write(text)

    async def has(self, text: str) -> None:
        while text not in self.getvalue():
            self._written.clear()
            await self._written.wait()


@pytest.fixture
def output() -> Output:
    return Output()


@pytest.fixture
def supervise(output: Output) -> Callable[[MeshFile], Supervisor]:
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return lambda mesh: Supervisor(mesh, command=member_command, output=output, environ=environ)
