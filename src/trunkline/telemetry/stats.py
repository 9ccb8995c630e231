"""What was counted, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.call import Side
    from trunkline.errors import Code


@dataclass(frozen=True, slots=True)
class CallStats:
    """All ended calls of one method with one outcome. `total` in seconds; `buckets` as in `histogram.BOUNDS`."""

    side: Side
    method: str
    code: Code
    count: int
    retries: int
    total: float
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counter:
    """A count that somebody else keeps and `read` tells."""

    name: str
    description: str
    read: Callable[[], float]
