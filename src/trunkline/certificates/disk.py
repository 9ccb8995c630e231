"""Files of keys and certificates: read with plain errors, written whole."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from pathlib import Path


def read_file(path: Path) -> bytes:
    """Return what is in `path`. Raises FailedPrecondition: `CERTIFICATE_MISSING`, `CERTIFICATE_UNREADABLE`."""
    return _read(path)[0]


def read_key_file(path: Path) -> bytes:
    """Return what is in `path`, which not everybody may read. Raises FailedPrecondition, also `KEY_EXPOSED`."""
    text, mode = _read(path)
    if mode & 0o007:
        raise FailedPrecondition("KEY_EXPOSED", f"private key {path} is open to every user: run chmod 600 {path}")
    return text


def write_file(path: Path, content: bytes, *, mode: int) -> None:
    """Put `content` into `path` at once: no reader sees half of it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except FileNotFoundError:
        message = f"no file {path}: `trunkline up` makes it; elsewhere, point tls.folder at the folder that has it"
        raise FailedPrecondition("CERTIFICATE_MISSING", message) from None
    except OSError as error:
        raise FailedPrecondition("CERTIFICATE_UNREADABLE", f"{path}: {error.strerror or error}") from error
