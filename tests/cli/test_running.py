import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

MESH = """\
mesh: tests
backbone: {address: "127.0.0.1:0"}
components:
  NAME: {run: "x:main", address: "127.0.0.1:0"}
"""
FOREGROUND = Path(__file__).parent / "foreground.py"


class Foreground:
    """A mesh in the foreground of a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def says(self, pattern: str) -> None:
        while not re.search(pattern, self.said, re.MULTILINE):
            line = await self.process.stderr.readline()
            assert line, f"ended without saying {pattern}:\n{self.said}"
            self.said += line.decode()

    async def ends(self) -> int:
        self.said += (await self.process.stderr.read()).decode()
        return await self.process.wait()


@pytest.fixture
async def foreground(tmp_path, quiet):
    processes: list[asyncio.subprocess.Process] = []

    async def start(component: str) -> Foreground:
        path = tmp_path / "trunkline.yaml"
        path.write_text(MESH.replace("NAME", component))
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(FOREGROUND), str(path), env=quiet, stderr=asyncio.subprocess.PIPE
        )
        processes.append(process)
        return Foreground(process)

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_says_when_all_is_up_and_a_signal_drains_it(foreground, number: signal.Signals, tmp_path):
    up = await foreground("one")
    await up.says(r"^mesh tests is up: backbone, one in \d+\.\d s$")
    up.process.send_signal(number)
    assert await up.ends() == 0
    assert "draining; once more kills\n" in up.said
    assert (tmp_path / ".trunkline" / "journal").read_text().splitlines()[-2:] == [
        "stopping one/0",
        "stopping backbone/0",
    ]


async def test_a_second_signal_kills_what_does_not_stop(foreground, tmp_path):
    up = await foreground("stubborn")
    await up.says("^mesh tests is up")
    up.process.send_signal(signal.SIGINT)
    await up.says("^draining")
    up.process.send_signal(signal.SIGINT)
    assert await up.ends() == 1
    assert "killed: backbone, stubborn\n" in up.said
    assert "stopping" not in (tmp_path / ".trunkline" / "journal").read_text()


async def test_what_is_killed_comes_back(foreground):
    up = await foreground("one")
    await up.says("^mesh tests is up")
    [pid] = await asyncio.to_thread(children_called, up.process.pid, "one")
    os.kill(pid, signal.SIGKILL)
    await up.says(rf"^one \(pid {pid}\) was killed by SIGKILL; it starts again in 0\.2 s$")
    await up.says(r"hello from one[^$]*hello from one")
    up.process.send_signal(signal.SIGTERM)
    assert await up.ends() == 0


async def test_no_component_outlives_a_supervisor_that_was_killed(foreground):
    up = await foreground("one")
    await up.says("^mesh tests is up")
    pids = await asyncio.to_thread(children_called, up.process.pid, "")
    watched = [os.pidfd_open(pid) for pid in pids]
    up.process.kill()
    for descriptor in watched:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, ended.set)
        await asyncio.wait_for(ended.wait(), 10)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
    assert len(pids) == 2


def children_called(parent: int, component: str) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    wanted = f"TRUNKLINE_COMPONENT={component}".encode()
    return [int(pid) for pid in found if wanted in Path(f"/proc/{pid}/environ").read_bytes()]
