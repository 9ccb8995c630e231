"""Many processes in one stream of lines: each line behind the name of who wrote it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)


def coloured(output: TextIO) -> bool:
    """Whether colour makes sense there: a terminal, and NO_COLOR not set."""
    return output.isatty() and not os.environ.get("NO_COLOR")


class Console:
    """Writes the lines of the processes called `names` to `output`, whole lines only."""

    def __init__(self, output: TextIO, names: Iterable[str], *, colour: bool) -> None:
        self._output = output
        every = list(names)
        width = max(map(len, every), default=0)
        self._prefixes = {
            name: f"\x1b[{COLOURS[index % len(COLOURS)]}m{name:<{width}} |\x1b[0m " if colour else f"{name:<{width}} | "
            for index, name in enumerate(every)
        }

    def line(self, name: str, text: str) -> None:
        """Write one line of a process."""
        self._output.write(f"{self._prefixes[name]}{text}\n")
        self._output.flush()

    def say(self, text: str) -> None:
        """Write one line of our own."""
        self._output.write(f"{text}\n")
        self._output.flush()
