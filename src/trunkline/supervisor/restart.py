"""How long to wait before a dead process is started again. Times in seconds."""

from __future__ import annotations

FIRST_DELAY = 0.2
LONGEST_DELAY = 10.0
LONG_ENOUGH = 10.0


def restart_delay(previous: float, alive: float) -> float:
    """Return the delay after a process that lived `alive`; `previous` is the delay before it, 0 at its first start.

    It doubles from death to death, up to a bound. A process that lived long enough starts over.
    """
    if previous == 0.0 or alive >= LONG_ENOUGH:
        return FIRST_DELAY
    return min(2 * previous, LONGEST_DELAY)
