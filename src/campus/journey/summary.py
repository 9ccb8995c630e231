"""What the journey comes to: figures and the verdict."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from campus.journey.totals import differences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from campus.journey.calls import MethodCalls
    from campus.journey.totals import Totals


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcome of one run.

    `seconds` is the time of the drive alone; `disagreements` are between the components; `refused` is the reason why
    the call that must be refused was.
    """

    rows: Mapping[str, int]
    calls: Mapping[str, MethodCalls]
    seconds: float
    resent: int
    totals: Mapping[str, Totals]
    expected: Mapping[str, Totals]
    disagreements: Sequence[str] = ()
    refused: str = ""

    @property
    def count(self) -> int:
        """All calls of all methods."""
        return sum(one.count for one in self.calls.values())

    @property
    def calls_per_second(self) -> float:
        """Calls of all methods in a second of the drive."""
        return round(self.count / self.seconds, 1)

    @property
    def wrong(self) -> list[str]:
        """One line for each figure that is not as it must be."""
        return [*self.disagreements, *differences(self.totals, self.expected)]

    @property
    def equal(self) -> bool:
        """Whether the campus counted what the data set says."""
        return not self.wrong

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as JSON has it."""
        return {
            "rows": dict(self.rows),
            "calls": {method: asdict(one) for method, one in self.calls.items()},
            "calls_per_second": self.calls_per_second,
            "totals": {key: one.as_dict() for key, one in self.totals.items()},
            "expected": {key: one.as_dict() for key, one in self.expected.items()},
            "equal": self.equal,
            "refused": self.refused,
        }

    def write(self, path: Path) -> None:
        """Write the summary as JSON."""
        path.write_text(json.dumps(self.as_dict(), indent=2) + "\n", encoding="utf-8")
