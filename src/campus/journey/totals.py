"""What is counted in one presentation, wherever the figures come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CENT = Decimal("0.01")
# Sums of doubles are off by far less than this; to cut it off first keeps a sum such as 9.625 on its own side of half.
NOISE = 6


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of one presentation. `learners` are different users; `weighted_sum` has two decimals."""

    learners: int = 0
    sessions_active: int = 0
    sessions_paused: int = 0
    sessions_completed: int = 0
    submissions: int = 0
    scored: int = 0
    weighted_sum: Decimal = CENT * 0

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON has them."""
        return {**asdict(self), "weighted_sum": float(self.weighted_sum)}


def rounded(number: Decimal | float) -> Decimal:
    """Return `number` with two decimals, halves upwards."""
    exact = number if isinstance(number, Decimal) else Decimal(repr(round(number, NOISE)))
    return exact.quantize(CENT, ROUND_HALF_UP)


def differences(totals: Mapping[str, Totals], expected: Mapping[str, Totals]) -> list[str]:
    """Return one line for each figure that is not as expected, in the order of the presentations."""
    lines = []
    for key in sorted({*totals, *expected}):
        got, wanted = totals.get(key, Totals()).as_dict(), expected.get(key, Totals()).as_dict()
        lines += [
            f"{key}: {name} is {got[name]:,}, expected {wanted[name]:,}" for name in got if got[name] != wanted[name]
        ]
    return lines
