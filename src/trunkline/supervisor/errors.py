"""Why a mesh did not start."""

from __future__ import annotations


class StartError(Exception):
    """The mesh cannot start. The message is one plain line."""
