"""What was asked for beside what was reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One promise and how it fared. `note` says what stands behind the number."""

    scenario: str
    promise: str
    asked: str
    reached: str
    holds: bool
    note: str = ""
