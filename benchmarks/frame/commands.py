"""A child's side of the control line: one JSON command a line on stdin, one JSON answer a line on stdout."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TextIO

Command = Callable[..., Awaitable[object]]


def take_stdout() -> TextIO:
    """Return stdout for the answers alone; whatever else prints goes to stderr from now on."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


async def obey(answers: TextIO, commands: Mapping[str, Command]) -> None:
    """Say `ready`, then carry out command after command until stdin ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    answers.write('"ready"\n')
    while line := await lines.readline():
        command = json.loads(line)
        answer = await commands[command.pop("do")](**command)
        answers.write(json.dumps(answer) + "\n")


async def cpu() -> float:
    """CPU seconds this process used so far, all its threads together."""
    return time.process_time()
