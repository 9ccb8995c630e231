"""The child's side of supervision: standard input says when to begin and that nobody watches any more."""

from __future__ import annotations

import os
import signal
import sys
import threading


def wait_for_the_word() -> None:
    """Wait for a line on standard input, then watch it: its end, the death of the supervisor, drains this process.

    Raises OSError where the supervisor dies before it gives the word.
    """
    if not sys.stdin.buffer.readline():
        raise ConnectionAbortedError("the supervisor went away before all that is needed was ready")
    threading.Thread(target=_watch, name="supervised", daemon=True).start()


def _watch() -> None:
    # Straight from the descriptor: a buffered read would hold a lock that the interpreter wants at its own end.
    while os.read(0, 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
