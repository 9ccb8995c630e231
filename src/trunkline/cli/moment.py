"""Points in time as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import typer

from trunkline.cli.duration import PART, seconds


def moment(text: str) -> str:
    """Return `2026-03-01T12:00`, which is UTC unless it says otherwise, or `2h`, which is that long ago, in RFC 3339.

    The result is in UTC with microseconds, so that such texts compare as the times do; of an empty text it is empty.
    Raises BadParameter for anything else.
    """
    if not text:
        return ""
    try:
        ago = PART.match(text)
        at = datetime.now(UTC) - timedelta(seconds=seconds(text)) if ago else datetime.fromisoformat(text)
        at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is no time, such as 2026-03-01T12:00Z, or 2h for two hours ago") from None
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
