from __future__ import annotations

import asyncio
import os
import sys

import pytest
from documents import ROOT, blocks, text_of

from trunkline.contract.load import buf_program

COMMAND = "$ trunkline contracts show Submit"


@pytest.mark.skipif(buf_program() is None, reason="buf is not installed")
async def test_the_sample_is_what_show_prints_with_its_line_numbers():
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "contracts", "show", "Submit"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    printed = [line.rstrip() for line in out.decode().strip().splitlines()]
    sample = next(block for block in blocks(text_of("docs/contracts.md"), "") if block.startswith(COMMAND))
    assert sample.splitlines() == [COMMAND, *printed]
