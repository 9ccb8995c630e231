"""In which order parts start and stop: each after all that it needs, and before none that needs it has stopped."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from trunkline.supervisor.part import Part

    Needs = Mapping[str, Collection[str]]


def start_order(parts: Sequence[Part], needs: Needs) -> list[Part]:
    """Return `parts` so that each comes after those it needs. `needs` goes by component and has no circle."""
    rank = {component: index for index, component in enumerate(TopologicalSorter(needs).static_order())}
    return sorted(parts, key=lambda part: rank[part.component])


def needed_by(part: Part, parts: Sequence[Part], needs: Needs) -> list[Part]:
    """Return those of `parts` that must be ready before `part` begins. What runs elsewhere is not waited for."""
    return [other for other in parts if other.component in needs[part.component]]


def dependents_of(part: Part, parts: Sequence[Part], needs: Needs) -> list[Part]:
    """Return those of `parts` that must have stopped before `part` is told to."""
    return [other for other in parts if part.component in needs[other.component]]
