"""Takes a token apart, strictly: what is not exactly a compact JWS of JSON objects never gets to a library."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from trunkline.base64url import decode
from trunkline.identity.refusal import refused

MAX_TOKEN = 8192
_MAX_PARTS = 64  # objects and arrays in one JSON text: a bound on its depth that costs no parsing
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A token in parts; nothing in it is verified. `signed` is what `signature` is over."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes


def parse(token: str) -> Parsed:
    """Split `token` and read its header. Raises Unauthenticated (`TOKEN_MALFORMED`)."""
    if len(token) > MAX_TOKEN:
        raise refused("TOKEN_MALFORMED", f"it has more than {MAX_TOKEN} characters")
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise refused("TOKEN_MALFORMED", "it is no compact JWS")
    try:
        header, payload, signature = map(decode, match.groups())
    except ValueError:
        raise refused("TOKEN_MALFORMED", "a part is not in base64url") from None
    return Parsed(read_object(header), payload, token[: match.end(2)].encode("ascii"), signature)


def read_object(data: bytes) -> dict[str, Any]:
    """Read a JSON object in UTF-8: no name twice, no NaN or Infinity, at most 64 objects and arrays.

    Raises Unauthenticated (`TOKEN_MALFORMED`).
    """
    try:
        text = data.decode("utf-8")
        if text.count("{") + text.count("[") > _MAX_PARTS:
            raise refused("TOKEN_MALFORMED", "a part has too many objects and arrays")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise refused("TOKEN_MALFORMED", "a part is no JSON that can be read in one way") from None
    if not isinstance(value, dict):
        raise refused("TOKEN_MALFORMED", "a part is no JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
