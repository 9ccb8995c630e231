"""A misspelt option of a contract: what buf says of it, with the name that was meant."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from google.protobuf.descriptor_pool import Default

# buf names the place and the message, not the field that it does not know.
UNKNOWN = re.compile(r"(?P<place>(?P<file>.+?):(?P<line>\d+):(?P<column>\d+)):cannot resolve .*`(?P<message>[\w.]+)`")
WORD = re.compile(r"\w+")


def explained(said: str) -> str:
    """Return a line of buf, or a better one where it tells of an option that one of our messages does not have."""
    match = UNKNOWN.fullmatch(said)
    if match is None:
        return said
    found = _word(Path(match["file"]), int(match["line"]), int(match["column"]))
    known = _fields(match["message"])
    if not found or not known:
        return said
    near = get_close_matches(found, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
    return f"{match['place']}: {match['message']} has no field {found}; {hint}"


def _word(file: Path, line: int, column: int) -> str:
    try:
        text = file.read_text(encoding="utf-8").splitlines()[line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
    match = WORD.match(text, column - 1)
    return match[0] if match else ""


def _fields(message: str) -> list[str]:
    try:
        return list(Default().FindMessageTypeByName(message).fields_by_name)
    except KeyError:
        return []
