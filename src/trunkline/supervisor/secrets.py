"""Bootstrap secrets: what a component proves to the backbone that it is itself."""

from __future__ import annotations

import os
from secrets import token_urlsafe
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BYTES = 32


def make_secrets(folder: Path, components: Iterable[str]) -> None:
    """Write a secret for each component that has none yet, readable by the owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for component in components:
        try:
            file = os.open(folder / component, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(file, "w", encoding="ascii") as secret:
            secret.write(token_urlsafe(BYTES))
