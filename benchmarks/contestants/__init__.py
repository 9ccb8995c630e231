"""The ways to answer and make the same call, found by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contestants.accounts import Contestant

# Bare comes first: the ratios are to it.
BARE = "bare"
NAMES = (BARE, "trunkline_10", "trunkline_100", "by_hand")


def contestant(name: str) -> Contestant:
    """Return the one called `name`; no other is imported, so that no process pays for what it does not run."""
    if name.startswith("trunkline_"):
        from contestants.ours import Ours

        return Ours(sample_ratio=int(name.removeprefix("trunkline_")) / 100)
    return import_module(f"contestants.{name}")
