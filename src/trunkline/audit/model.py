"""Values of the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Outcome = Literal["granted", "refused", "would-refuse", "noted"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth remembering.

    `kind` is what was asked for, such as `token.issue` or `call`; `who` asked, as far as that is known; `what` it is
    about, such as an audience or a method; `source` the address it came from; `reason` the exact cause, which
    the caller is not always told. `details` hold no secret. The outcome `noted` is that of what the log says of itself.
    """

    kind: str
    outcome: Outcome
    who: str = ""
    what: str = ""
    source: str = ""
    reason: str = ""
    trace_id: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class Audit(Protocol):
    """What takes events."""

    async def write(self, event: Event, /) -> None:
        """Return once `event` is on disk. Raises what kept it from there."""
        ...

    def note(self, event: Event, /) -> None:
        """Take `event` to be written soon; where the queue is full it is counted, and the count is written instead."""
        ...
