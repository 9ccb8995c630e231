"""What stands in a token, read without a key: nothing of it is proved."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

PARTS = 3
SEGMENT = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The two readable parts of a token."""

    header: dict[str, Any]
    claims: dict[str, Any]


def decode(text: str) -> Decoded:
    """Return what the token `text` says. Raises ValueError, which says what is wrong with it and repeats none of it."""
    parts = text.split(".")
    if len(parts) != PARTS:
        raise ValueError(f"is no JWT: it has {len(parts)} part{'' if len(parts) == 1 else 's'}, not {PARTS}")
    return Decoded(_object(parts[0], "header"), _object(parts[1], "payload"))


def _object(segment: str, name: str) -> dict[str, Any]:
    try:
        if not SEGMENT.fullmatch(segment):
            raise ValueError("not base64url")
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_refuse)
    except (ValueError, binascii.Error, RecursionError):
        raise ValueError(f"is no JWT: its {name} cannot be read") from None
    if not isinstance(found, dict):
        raise ValueError(f"is no JWT: its {name} is no JSON object")  # noqa: TRY004 - the text is wrong, not its type
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
