"""What was acknowledged outlives the process, however that ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from contract.engine import told

ROUNDS = 4
WRITING = Path(__file__).with_name("writing.py")


def killed(path, name):
    """Have a process write, kill it in the midst; return what it was told to be stored, by key."""
    process = subprocess.Popen([sys.executable, WRITING, str(path), name], stdout=subprocess.PIPE, text=True)
    with process:
        lines = [process.stdout.readline() for _ in range(200)]
        process.kill()
        lines += process.stdout.readlines()
    return {key: int(revision) for line in lines if line.endswith("\n") for key, revision in [line.split()]}


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    """A file that several processes wrote to in turn, each killed, and all that was acknowledged."""
    path = tmp_path_factory.mktemp("killed") / "data" / "store.db"
    acknowledged = {}
    for one in range(ROUNDS):
        acknowledged |= killed(path, f"round{one}")
    return path, acknowledged


@pytest.fixture
def path(rounds):
    return rounds[0]


async def test_every_acknowledged_commit_is_there_with_its_revision(rounds, opened):
    async with opened() as store:
        entries = (await store.bucket("b").snapshot()).entries
    stored = {entry.key: entry.revision for entry in entries}
    assert {key: stored.get(f"{key}/a") for key in rounds[1]} == rounds[1]


async def test_no_commit_is_there_in_part(opened):
    async with opened() as store:
        entries = (await store.bucket("b").snapshot()).entries
    halves = [{entry.key for entry in entries if entry.key.endswith(end)} for end in ("/a", "/b")]
    assert {key[:-2] for key in halves[0]} == {key[:-2] for key in halves[1]}


async def test_the_revisions_have_no_gap(opened):
    async with opened() as store:
        changes = await told(store.bucket("b"), since=0)
    assert [change.revision for change in changes[:-1]] == list(range(1, changes[-1].revision + 1))
