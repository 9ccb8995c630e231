"""`kill -9` in the middle: what was said to be done is done, and the next `up` finds all of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from pathlib import Path

import pytest
import yaml
from documents import ROOT
from upright import upright

pytestmark = pytest.mark.timeout(120)  # each verb is a process, and each test starts several
ROUNDS = 3
PROC = Path("/proc")


@pytest.fixture
def folder(tmp_path):
    """The repository's own mesh, on free ports."""
    text = (ROOT / "trunkline.yaml").read_text(encoding="utf-8")
    (tmp_path / "trunkline.yaml").write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:0", text), encoding="utf-8")
    (tmp_path / "access.yaml").write_text((ROOT / "access.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


async def done(up, script: str) -> str:
    status, out, err = await up.shell(script)
    assert status == 0, err
    return out


async def active(up, token: str) -> bool:
    status, _, err = await up.shell(f"trunkline token inspect {token} --online")
    assert not err, err
    return status == 0


async def issued(up, file: str) -> str:
    """A token in that file; returns its id."""
    return json.loads(
        await done(up, f"trunkline token issue -a backbone > {file}; trunkline token inspect {file} -o json")
    )["claims"]["jti"]


def processes(up) -> dict[str, int]:
    """The pid of each process of the mesh, the supervisor's children, by what it runs."""
    found = {}
    for place in PROC.glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            words = (place / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if parent == up.pid:
            found[words[-2].partition(":")[0] if ":" in words[-2] else "backbone"] = int(place.name)
    return found


@pytest.mark.skipif(not (PROC / "self").is_dir(), reason="NO PROCESS CAN BE FOUND BY ITS PARENT HERE")
async def test_a_revocation_that_was_acknowledged_stands_whenever_the_backbone_was_killed(folder):
    whole = yaml.safe_load((folder / "trunkline.yaml").read_text(encoding="utf-8"))
    access = yaml.safe_load((folder / "access.yaml").read_text(encoding="utf-8"))
    for name, document in (("trunkline.yaml", whole), ("access.yaml", access)):
        document["components"] = {"operator": document["components"]["operator"]}
        (folder / name).write_text(yaml.safe_dump(document), encoding="utf-8")
    told = []
    async with upright(folder) as up:
        for number in range(ROUNDS):
            jti = await issued(up, f"token{number}")
            revoking = asyncio.create_task(up.shell(f"trunkline token revoke --jti {jti}"))
            await up.said_more()  # the log tells of its token: the revocation itself comes next
            os.kill(processes(up)["backbone"], signal.SIGKILL)
            told.append(await revoking)
            await done(up, "trunkline wait backbone --timeout 30s")
        stands = [not await active(up, f"token{number}") for number in range(ROUNDS)]
        await done(up, "trunkline audit verify")
    for (status, out, err), stood in zip(told, stands, strict=True):
        if status == 0:
            assert out.startswith("revoked the token ")
            assert stood
        else:
            assert (status, out, err.count("\n"), "Traceback" in err) == (1, "", 1, False), err


@pytest.mark.skipif(not (PROC / "self").is_dir(), reason="NO PROCESS CAN BE FOUND BY ITS PARENT HERE")
async def test_a_mesh_that_was_killed_whole_comes_up_again_with_its_keys_its_revocations_and_its_log(folder):
    async with upright(folder) as up:
        keys = await done(up, "trunkline keys list -o json")
        kept, revoked = await issued(up, "kept"), await issued(up, "revoked")
        await done(up, f"trunkline token revoke --jti {revoked}")
        for pid in (up.pid, *processes(up).values()):
            os.kill(pid, signal.SIGKILL)
    [log] = (folder / ".trunkline" / "audit").glob("backbone.*.jsonl")
    with log.open("a") as file:
        file.write('{"torn')
    async with upright(folder) as up:
        assert await done(up, "trunkline keys list -o json") == keys
        assert await active(up, "kept")
        assert not await active(up, "revoked")
        listed = await done(up, "trunkline token list -o json")
        assert (kept in listed, revoked in listed) == (True, False)
        await done(up, "trunkline audit verify")
        opened = json.loads(
            await done(up, "trunkline audit search --kind audit.opened --reason KILLED --text torn -o json")
        )
    assert opened["details"]["torn_bytes"] == "6"
