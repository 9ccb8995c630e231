"""Secrets and tokens as they come in: from a file or from standard input. The command line is for everybody to see."""

from __future__ import annotations

import re
import sys
from pathlib import Path

STDIN = "-"
MAX_BYTES = 64 * 1024
# Three parts in base64url, as a token would be that was given in place of a file.
TOKEN = re.compile(r"[\w-]{8,}\.[\w-]{8,}\.[\w-]*", re.ASCII)


def secret_from(source: str, what: str) -> str:
    """Return the text of the file `source`, or of standard input for `-`, without the white space around it.

    `what` names it in messages; a person at a terminal is asked for it and sees nothing of what is typed. Raises
    ConfigError where there is nothing, too much, or what is no text.
    """
    from trunkline.config import ConfigError

    if TOKEN.fullmatch(source):
        raise ConfigError(f"a {what} is read from a file, or from standard input for -, never from the command line")
    where = "standard input" if source == STDIN else source
    raw = _read(source, what)
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{where}: is larger than {MAX_BYTES // 1024} KiB, so it is no {what}")
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is no text, so it is no {what}") from None
    if not text:
        raise ConfigError(f"{where}: holds no {what}")
    return text


def _read(source: str, what: str) -> bytes:
    from trunkline.config import ConfigError
    from trunkline.config.fault import in_words

    if source == STDIN and sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"{what}: ", stream=sys.stderr).encode()
    try:
        if source == STDIN:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(source).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(in_words(error)) from None
