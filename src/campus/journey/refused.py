"""Why a journey does not begin."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was started and nothing changed. The message is one line, or one line for each bad row."""
