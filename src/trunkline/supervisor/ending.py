"""How a process ended, in words."""

from __future__ import annotations

import signal

# Trunkline's verbs end with this where trying again cannot help: a wrong command line or configuration.
USELESS = 2


def ending(status: int) -> str:
    """Return the words for a return code; negative ones are signals."""
    return f"{'ended' if status >= 0 else 'was killed'} {manner(status)}"


def manner(status: int) -> str:
    """Return the words that come after `ended`: `with exit status 1`, `by SIGKILL`."""
    if status >= 0:
        return f"with exit status {status}"
    try:
        return f"by {signal.Signals(-status).name}"
    except ValueError:
        return f"by signal {-status}"
