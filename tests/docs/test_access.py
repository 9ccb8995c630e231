from __future__ import annotations

import asyncio
import os
import sys

import pytest
from documents import ROOT, blocks, text_of

from trunkline.config import ConfigError, load_access_file, load_mesh_file
from trunkline.contract.load import buf_program

DOCUMENT = text_of("docs/access.md")
COMMAND = "$ trunkline access explain --from journey --to RecordCompletion"
MESH = "mesh: campus\nbackbone: {address: '127.0.0.1:1'}\ncomponents: {progress: {}}\n"


@pytest.mark.skipif(buf_program() is None, reason="buf is not installed")
async def test_the_explanation_shown_is_what_explain_prints():
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", *COMMAND.split()[2:]),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    printed = [line.rstrip() for line in out.decode().strip().splitlines()]
    sample = next(block for block in blocks(DOCUMENT, "") if block.startswith(COMMAND))
    assert sample.splitlines() == [COMMAND, *printed]


@pytest.fixture
def mesh(tmp_path):
    def load(access: str):
        (tmp_path / "access.yaml").write_text(access)
        (tmp_path / "trunkline.yaml").write_text(MESH)
        return load_mesh_file(tmp_path / "trunkline.yaml")

    return load


def test_the_access_file_shown_is_valid(mesh):
    access = load_access_file(mesh(blocks(DOCUMENT, "yaml")[0]))
    assert access.user("registry").scopes == ("accounts.read", "progress.read")


def test_its_mistakes_are_answered_as_shown(mesh):
    text = blocks(DOCUMENT, "yaml")[0].replace("  progress:", "  progres:").replace("[registrar]", "[registar]")
    with pytest.raises(ConfigError) as caught:
        load_access_file(mesh(text))
    assert f"{caught.value}\n" == blocks(DOCUMENT, "text")[0]
