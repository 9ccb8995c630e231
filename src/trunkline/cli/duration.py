"""Durations as people write them."""

from __future__ import annotations

import re

import typer

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def seconds(text: str) -> float:
    """Return the seconds of `60s`, `500ms`, `1m30s` or a bare `60`. Raises BadParameter for anything else."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise typer.BadParameter(f"{text!r} is not a duration, such as 60s, 500ms or 1m30s")
    return sum(float(number) * UNITS[unit] for number, unit in parts)
