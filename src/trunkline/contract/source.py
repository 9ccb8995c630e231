"""Places in the text of a contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

Path = tuple[int, ...]
"""Field numbers and indexes that lead from a FileDescriptorProto to one of its parts, as in SourceCodeInfo."""


@dataclass(slots=True)
class Source:
    """One contract and where its parts stand. `shown` is the name of the file as people know it."""

    file: FileDescriptorProto
    shown: str
    _lines: dict[Path, int] = field(default_factory=dict, init=False, repr=False)

    def line(self, path: Path) -> int:
        """Return the line of the part at `path`, counted from 1; 0 where the contract carries no lines.

        Compilers differ in how deep into an option they record lines: a part without one of its own stands where its
        first recorded piece stands, or else where the innermost part around it does.
        """
        lines = self._recorded()
        if path in lines:
            return lines[path]
        pieces = [line for known, line in lines.items() if known[: len(path)] == path]
        if pieces:
            return min(pieces)
        around = (path[:length] for length in range(len(path) - 1, 0, -1))
        return next((lines[outer] for outer in around if outer in lines), 0)

    def place(self, path: Path) -> str:
        """Return `file:line` of the part at `path`, or the file alone where lines are unknown."""
        line = self.line(path)
        return f"{self.shown}:{line}" if line else self.shown

    def comment(self, path: Path) -> str:
        """Return the comment that stands before the part at `path`, as one paragraph; empty where there is none."""
        for location in self.file.source_code_info.location:
            if tuple(location.path) == path:
                return " ".join(location.leading_comments.split())
        return ""

    def _recorded(self) -> dict[Path, int]:
        if not self._lines:
            for location in self.file.source_code_info.location:
                self._lines.setdefault(tuple(location.path), location.span[0] + 1)
        return self._lines
