"""The master key: 32 bytes that encrypt the signing keys at rest. Given by a setting, kept in a file, or made."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from typing import TYPE_CHECKING

from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from pathlib import Path

LENGTH = 32


def master_key_of(text: str) -> bytes:
    """Return the key that the setting `identity.master_key` holds. Raises FailedPrecondition (`KEY_INVALID`)."""
    return _decoded(text, "identity.master_key")


def read_master_key(path: Path, *, make: bool) -> bytes:
    """Return the key in the file `path`; where there is none and `make` is set, make it for this user alone.

    Of several processes that start at once, one makes the key and all return that one. Raises FailedPrecondition
    (`KEY_UNREADABLE`, `KEY_INVALID`, `KEY_EXPOSED`) where the file cannot be used: it is never replaced.
    """
    try:
        if make and not path.exists():
            _create(path)
        text = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        message = f"master key {path} is not there: restore that of the store, or make one for a store that is new"
        raise FailedPrecondition("KEY_UNREADABLE", message) from None
    except OSError as error:
        raise FailedPrecondition("KEY_UNREADABLE", f"master key {path}: {error.strerror or error}") from error
    if mode & 0o007:
        raise FailedPrecondition("KEY_EXPOSED", f"master key {path} is open to every user: run chmod 600 {path}")
    return _decoded(text.decode("ascii", "replace").strip(), f"master key {path}")


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != LENGTH:
        message = f"{where} must be {LENGTH} bytes in base64, such as `openssl rand -base64 {LENGTH}` prints"
        raise FailedPrecondition("KEY_INVALID", message)
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, base64.b64encode(secrets.token_bytes(LENGTH)) + b"\n")
        # A link appears whole or not at all, and never over a key that another process has made meanwhile.
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write(path: Path, text: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
