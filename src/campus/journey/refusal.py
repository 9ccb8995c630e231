"""A call that must be refused: only activity may record completions. The journey tries, and asks why it may not."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from campus.api.progress.v1.progress_pb2 import RecordCompletionRequest
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from trunkline import PermissionDenied

if TYPE_CHECKING:
    from pathlib import Path

    import grpc.aio

METHOD = "ProgressService/RecordCompletion"
NOBODY = "00000000-0000-4000-8000-000000000000"
REQUEST = RecordCompletionRequest(
    submission_id=NOBODY, user_id=NOBODY, code_module="AAA", code_presentation="2013J", assessment_id="1"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What came of the call. `error` is None where it was let through; `explanation` is what the command line says."""

    error: PermissionDenied | None
    command: str
    explanation: str

    @property
    def wrong(self) -> list[str]:
        """One line where the call was let through."""
        return [] if self.error else [f"{METHOD} let the journey through, which is not activity"]


async def refusal(channel: grpc.aio.Channel, mesh_file: Path, *, caller: str, width: int) -> Refusal:
    """Make the call as `caller`, and have it explained for a terminal of `width` columns."""
    error = None
    try:
        await ProgressServiceStub(channel).RecordCompletion(REQUEST)
    except PermissionDenied as denied:
        error = denied
    arguments = ("access", "explain", "--from", caller, "--to", METHOD)
    explanation = await _explained((*arguments, "--file", str(mesh_file)), width)
    return Refusal(error, f"trunkline {' '.join(arguments)}", explanation)


async def _explained(arguments: tuple[str, ...], width: int) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", *arguments),
        env={**os.environ, "COLUMNS": str(width)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode(errors="replace").strip("\n")
