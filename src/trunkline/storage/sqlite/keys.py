"""What may be written, and where a range of keys ends. The bounds are those of the port."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from trunkline.errors import InvalidArgument
from trunkline.storage.ports import MAX_COMMIT, MAX_KEY, MAX_VALUE, MAX_WRITES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline.storage.ports import Write

_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def check(writes: Sequence[Write]) -> None:
    """Raise InvalidArgument (`WRITE_INVALID`), naming the key, where the port does not take `writes`."""
    for write in writes:
        if fault := _fault(write):
            raise _refused(f"{write.key[:100]!r}: {fault}", write.key)
    if len({write.key for write in writes}) < len(writes):
        raise _refused("a key is written twice in one commit: write it once")
    if len(writes) > MAX_WRITES or sum(len(write.value or b"") for write in writes) > MAX_COMMIT:
        raise _refused(f"a commit has at most {MAX_WRITES} writes and {MAX_COMMIT} bytes of values: make it several")


def check_key(key: str) -> None:
    """Raise InvalidArgument (`WRITE_INVALID`) where no entry can have the name `key`."""
    if fault := _unnameable(key):
        raise _refused(f"{key[:100]!r}: {fault}", key)


def beyond(prefix: str) -> str | None:
    """Return the first text after all that begin with `prefix`; None where there is none."""
    for place in reversed(range(len(prefix))):
        if (code := ord(prefix[place]) + 1) <= _LAST:
            return prefix[:place] + chr(_SURROGATES.stop if code in _SURROGATES else code)
    return None


def _fault(write: Write) -> str:
    if fault := _unnameable(write.key):
        return fault
    if write.value is not None and not isinstance(write.value, bytes):
        return "the value is not bytes"
    if write.value is not None and len(write.value) > MAX_VALUE:
        return f"the value has more than {MAX_VALUE} bytes: store a reference to it"
    if write.ttl is not None and not (isfinite(write.ttl) and write.ttl > 0):
        return f"ttl {write.ttl} is no number of seconds above 0"
    return ""


def _unnameable(key: str) -> str:
    if not key or "\0" in key or any(ord(letter) in _SURROGATES for letter in key):
        return "a key is text, not empty and without NUL"
    return f"a key has at most {MAX_KEY} bytes" if len(key.encode()) > MAX_KEY else ""


def _refused(message: str, key: str = "") -> InvalidArgument:
    safe = key[:MAX_KEY].encode("utf-8", "replace").decode()
    return InvalidArgument("WRITE_INVALID", message, metadata={"key": safe} if key else None)
