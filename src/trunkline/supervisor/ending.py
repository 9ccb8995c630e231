"""How a process ended, in words."""

from __future__ import annotations

import signal

# Trunkline's verbs end with this where trying again cannot help: a wrong command line or configuration.
USELESS = 2


def ending(status: int) -> str:
    """Return the words for a return code; negative ones are signals."""
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
