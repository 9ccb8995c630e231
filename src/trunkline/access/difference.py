"""What a change of the contracts, the mesh file or the access file opens and closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from trunkline.access.matrix import Cell, Matrix

_OPENNESS = {"no": 0, "rule": 1, "yes": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """What changes for one caller of one method. It `changes` where another rule decides: look at both."""

    kind: Literal["opens", "closes", "changes"]
    caller: str
    method: str
    before: Cell
    after: Cell


def difference(before: Matrix, after: Matrix) -> list[Change]:
    """Return every change from one state to another, what opens first, then by method and caller."""
    callers = dict.fromkeys((*before.rows, *after.rows))
    methods = dict.fromkeys((*before.methods, *after.methods))
    found = [
        Change(_kind(was, now), caller, method, was, now)
        for method in methods
        for caller in callers
        if (was := before.cell(caller, method)) != (now := after.cell(caller, method))
    ]
    return sorted(found, key=lambda change: ("opens", "changes", "closes").index(change.kind))


def _kind(before: Cell, after: Cell) -> Literal["opens", "closes", "changes"]:
    was, now = _OPENNESS[before.answer], _OPENNESS[after.answer]
    return "opens" if now > was else "closes" if now < was else "changes"
