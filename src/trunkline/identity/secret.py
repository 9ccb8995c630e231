"""The bootstrap secret of a component: a file that it reads at its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from pathlib import Path

MIN_LENGTH = 16
MAX_LENGTH = 1024


def read_secret(path: Path) -> str:
    """Return the secret in `path` without white space around it.

    Raises FailedPrecondition: `SECRET_MISSING` where there is no file, `SECRET_UNREADABLE`, `SECRET_INVALID`.
    """
    try:
        text = path.read_bytes().decode("ascii").strip()
    except FileNotFoundError:
        message = f"no bootstrap secret at {path}: `trunkline up` makes one; elsewhere, point secret_file at the file"
        raise FailedPrecondition("SECRET_MISSING", message) from None
    except OSError as error:
        raise FailedPrecondition("SECRET_UNREADABLE", f"bootstrap secret {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        text = ""
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH or not text.isprintable():
        message = f"bootstrap secret {path} must be {MIN_LENGTH} to {MAX_LENGTH} printable ASCII characters"
        raise FailedPrecondition("SECRET_INVALID", message)
    return text
