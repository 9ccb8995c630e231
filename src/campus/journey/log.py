"""The log of the components, which matters when something fails."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from campus.journey.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def open_log(path: Path | None, *, tell: Callable[[str], None]) -> Iterator[TextIO]:
    """Open the log for the block; where that fails, `tell` hears where the log lies.

    Without a `path` it lies in the folder for temporary files, and only a failure leaves it there. Raises Refused where
    `path` cannot be written.
    """
    place = path or _temporary()
    try:
        log = place.open("w", encoding="utf-8")
    except OSError as error:
        raise Refused(f"{place}: {error.strerror}; nothing was started") from None
    try:
        with log:
            yield log
    except BaseException:
        tell(f"log of the components: {place}")
        raise
    if path is None:
        place.unlink()


def _temporary() -> Path:
    handle, name = tempfile.mkstemp(prefix="journey-", suffix=".log")
    os.close(handle)
    return Path(name)
