"""Points in time as people read them: by the calendar, and from now."""

from __future__ import annotations

from datetime import UTC, datetime

UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def dated(epoch: float, now: float) -> str:
    """Return both; the bare number where no calendar has such a day."""
    try:
        day = datetime.fromtimestamp(epoch, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{epoch:g}"
    return f"{day:%Y-%m-%d %H:%M:%S} UTC, {from_now(epoch - now)}"


def from_now(seconds: float, *, units: int = 2) -> str:
    """Return `in 9 min 58 s` or `2 h ago`, in the largest `units` that are not nought; a table has room for one."""
    rest = round(abs(seconds))
    parts: list[str] = []
    for unit, size in UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    said = " ".join(part for part in parts[:units] if part)
    if not said:
        return "now"
    return f"in {said}" if seconds > 0 else f"{said} ago"
