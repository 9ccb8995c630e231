"""`trunkline audit` over logs that a writer left, offline."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from trunkline.audit.log import AuditLog
from trunkline.audit.model import Event
from trunkline.testing import ManualClock

NOON = 1_772_366_400.0
MESH = """
mesh: campus
data_dir: data
backbone: {address: 127.0.0.1:7400}
components: {}
"""


async def write(folder, component: str, *events: Event) -> None:
    async with AuditLog.open(folder, component=component, clock=ManualClock(NOON)) as audit:
        for event in events:
            await audit.write(event)


@pytest.fixture
async def folder(tmp_path):
    """The log of two components where the mesh file says."""
    (tmp_path / "trunkline.yaml").write_text(MESH)
    folder = tmp_path / "data" / "audit"
    await write(folder, "backbone", *(Event("token.issue", "granted", who=f"c{number}") for number in range(5)))
    await write(folder, "accounts", Event("call", "refused", who="c1", reason="SCOPE_MISSING"))
    return folder


def change(folder, old: bytes, new: bytes) -> None:
    path = folder / "backbone.2026-03-01.jsonl"
    path.write_bytes(path.read_bytes().replace(old, new))


async def test_whole_logs_are_told_with_their_last_record(folder, trunkline):
    done = await trunkline("audit", "verify")
    assert done.status == 0
    assert [line.split() for line in done.out.splitlines() if "jsonl" in line] == [
        ["accounts", "accounts.2026-03-01.jsonl", "2", "whole"],
        ["backbone", "backbone.2026-03-01.jsonl", "6", "whole"],
    ]
    last = json.loads((folder / "accounts.anchor").read_text())["hash"]
    assert f"accounts: 2 records are whole; the last is 2 {last}" in done.err


async def test_the_first_fault_is_named_by_file_line_and_number(folder, trunkline):
    change(folder, b'"c2"', b'"c9"')
    done = await trunkline("audit", "verify")
    assert done.status == 1
    assert "backbone: backbone.2026-03-01.jsonl:4: record 4: it was changed" in done.err
    assert "accounts: 2 records are whole" in done.err


async def test_a_fault_is_told_to_programs(folder, trunkline):
    change(folder, b'"c2"', b'"c9"')
    done = await trunkline("audit", "verify", "-o", "json")
    accounts, backbone = json.loads(done.out)
    assert (accounts["fault"], accounts["sequence"]) == (None, 2)
    assert (backbone["fault"]["file"], backbone["fault"]["line"], backbone["fault"]["sequence"]) == (
        "backbone.2026-03-01.jsonl",
        4,
        4,
    )


async def test_one_log_is_proved_by_naming_one_of_its_files(folder, trunkline):
    change(folder, b'"c2"', b'"c9"')
    done = await trunkline("audit", "verify", str(folder / "accounts.2026-03-01.jsonl"))
    assert (done.status, "backbone" in done.err) == (0, False)


async def test_where_there_is_no_log_that_is_told(tmp_path, trunkline):
    assert (await trunkline("audit", "verify")).status == 2
    done = await trunkline("audit", "verify", "nowhere")
    assert (done.status, done.err) == (1, "no audit log in nowhere\n")


async def test_the_last_records_of_all_logs_are_printed(folder, trunkline):
    done = await trunkline("audit", "tail", "-n", "3", "-o", "json")
    assert [json.loads(line)["kind"] for line in done.out.splitlines()] == ["token.issue"] * 3
    done = await trunkline("audit", "tail")
    assert len(done.out.splitlines()) == 8
    assert "accounts#2  call  refused  c1  SCOPE_MISSING" in done.out


async def test_records_are_found_by_what_they_say(folder, trunkline):
    done = await trunkline("audit", "search", "--who", "c1", "--since", "2026-03-01", "--until", "2026-03-02")
    assert [line.split("  ")[2] for line in done.out.splitlines()] == ["call", "token.issue"]
    none = await trunkline("audit", "search", "--reason", "NEVER")
    assert (none.status, none.out, none.err) == (1, "", "no record matches\n")


async def test_what_is_written_meanwhile_is_followed(folder, quiet):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "audit", "tail", str(folder), "-f", "-n", "1", "-o", "json"),
        env=quiet,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await process.stdout.readline()
        await write(folder, "activity", Event("call", "refused", who="late"))
        lines = [json.loads(await process.stdout.readline()) for _ in range(2)]
        assert [line["kind"] for line in lines] == ["audit.opened", "call"]
        process.send_signal(2)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_progress_of_a_large_log_is_shown_on_a_terminal(tmp_path, quiet):
    import pty

    folder = tmp_path / "audit"
    text = "x" * 1000
    event = Event("call", "refused", details={f"k{number}": text for number in range(16)})
    async with AuditLog.open(folder, component="accounts", clock=ManualClock(NOON)) as audit:
        for _ in range(600):
            audit.note(event)
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "audit", "verify", str(folder)),
        env=quiet | {"TERM": "xterm"},
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown, _ = await asyncio.gather(asyncio.to_thread(all_of, ours), process.communicate())
    os.close(ours)
    assert process.returncode == 0
    assert b"verifying" in shown


def all_of(terminal: int) -> bytes:
    shown = b""
    while chunk := part_of(terminal):
        shown += chunk
    return shown


def part_of(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side has ended
        return b""
