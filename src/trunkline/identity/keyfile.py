"""The file that holds the signing key: made on the first start, read on every later one."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from trunkline.errors import FailedPrecondition
from trunkline.identity.signing import SigningKey

if TYPE_CHECKING:
    from pathlib import Path


def open_key(path: Path) -> SigningKey:
    """Return the signing key in `path`; make it, readable by this user alone, where there is none.

    Of several processes that start at once, one makes the key and all return that one. Raises FailedPrecondition
    (`KEY_UNREADABLE`, `KEY_INVALID`, `KEY_EXPOSED`) where the file cannot be used: it is never replaced.
    """
    try:
        if not path.exists():
            _create(path)
        text = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise FailedPrecondition("KEY_UNREADABLE", f"signing key {path}: {error.strerror or error}") from error
    if mode & 0o007:
        raise FailedPrecondition("KEY_EXPOSED", f"signing key {path} is open to every user: run chmod 600 {path}")
    return SigningKey.of(_load(path, text))


def _load(path: Path, text: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"signing key {path} is no Ed25519 key in PEM: restore it, or move it away to have a new one made"
        # What failed to parse may be half a private key, so its text goes into no traceback.
        raise FailedPrecondition("KEY_INVALID", message) from None
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, Ed25519PrivateKey.generate())
        # A link appears whole or not at all, and never over a key that another process has made meanwhile.
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write(path: Path, key: Ed25519PrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
