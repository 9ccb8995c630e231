import asyncio
import os
import select
import sys

import pytest

from trunkline.supervisor.process import LONGEST_LINE, Running, lines


class Said(list[str]):
    """Lines, and whether there is one."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def append(self, line: str) -> None:
        super().append(line)
        self.event.set()


def gone(pid: int) -> bool:
    """Wait for the end of a process that is not our child."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 5)[0])
    finally:
        os.close(watched)


async def read(*chunks: bytes) -> list[str]:
    reader = asyncio.StreamReader(limit=2 * LONGEST_LINE)
    for chunk in chunks:
        reader.feed_data(chunk)
    reader.feed_eof()
    return [line async for line in lines(reader)]


async def test_lines_come_whole_however_they_were_cut():
    assert await read(b"one\ntw", b"o\r\n\nlast") == ["one", "two", "", "last"]


async def test_bytes_that_are_no_text_do_no_harm():
    assert await read(b"a\xffb\n") == ["a\ufffdb"]


async def test_a_line_without_end_comes_in_pieces():
    pieces = await read(b"x" * (LONGEST_LINE + 70000), b"\nshort\n")
    assert len(pieces) > 2
    assert "".join(pieces[:-1]) == "x" * (LONGEST_LINE + 70000)
    assert pieces[-1] == "short"


@pytest.fixture
async def started():
    running: list[Running] = []

    async def start(program: str, said: list[str]) -> Running:
        one = await Running.start([sys.executable, "-u", "-c", program], os.environ, line=said.append)
        running.append(one)
        return one

    yield start
    for one in running:
        one.kill()


async def test_the_word_to_begin_is_a_line_on_standard_input(started):
    said: list[str] = []
    one = await started("import sys; print('heard', repr(sys.stdin.readline()))", said)
    one.begin()
    assert await one.ended() == 0
    assert said == ["heard 'begin\\n'"]


async def test_the_word_to_a_dead_process_is_no_error(started):
    one = await started("import sys; sys.stdin.close(); print('closed'); raise SystemExit(3)", said := Said())
    await said.event.wait()
    one.begin()
    assert await one.ended() == 3
    one.terminate()
    one.kill()


async def test_what_a_process_leaves_behind_ends_with_it(started):
    said = Said()
    child = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    )
    one = await started(child, said)
    assert await asyncio.wait_for(one.ended(), 10) == 0
    [pid] = said
    assert await asyncio.to_thread(gone, int(pid))
