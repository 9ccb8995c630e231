"""Figures made of samples. Pure."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The middle half of a normal distribution spans this many standard deviations; a median's error is 1.2533 of a mean's.
QUARTILES_TO_SIGMA = 1.349
MEDIAN_TO_MEAN = 1.2533


@dataclass(frozen=True, slots=True)
class Ratio:
    """A median ratio and its standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ±{self.error:.2f}"


def paired(samples: Sequence[float], base: Sequence[float]) -> Ratio:
    """Compare two equally long series taken in turn: the median of the ratios of each pair."""
    ratios = [sample / other for sample, other in zip(samples, base, strict=True)]
    return Ratio(statistics.median(ratios), _error(ratios))


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least `share` (0 to 1) of all do not exceed."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def _error(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return MEDIAN_TO_MEAN * (high - low) / QUARTILES_TO_SIGMA / math.sqrt(len(values))
