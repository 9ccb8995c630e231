"""A log file for each day."""

from __future__ import annotations

import os
from io import TextIOWrapper
from logging.handlers import TimedRotatingFileHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class DailyFile(TimedRotatingFileHandler):
    """Writes to `path`; at midnight UTC that becomes `path.YYYY-MM-DD`, of which `keep` are kept.

    The folder is made where there is none, and the file is for its owner alone. Raises OSError where that fails.
    """

    def __init__(self, path: Path, *, keep: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, when="midnight", backupCount=keep, encoding="utf-8", utc=True)

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding=self.encoding)
