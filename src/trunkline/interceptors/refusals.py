"""Calls that are refused are remembered, and whoever collects refusals is told to wait instead of why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.audit.model import Event
from trunkline.call import host_of
from trunkline.errors import Code, MeshError, ResourceExhausted
from trunkline.resilience.rate import Rate
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.audit.model import Audit
    from trunkline.call import Call
    from trunkline.clock import Clock

REFUSED = frozenset({Code.UNAUTHENTICATED, Code.PERMISSION_DENIED})
MOST_PEERS = 4096


class Refusals(Interceptor):
    """Stands outside of all that refuses, and notes each refused call.

    What is noted is why exactly, which the caller is not told.

    A peer is counted by the SPIFFE ID in its certificate, or else by the host it calls from. Beyond `rate` in a window
    it is answered TOO_MANY_REFUSALS in place of the reason; the log then gets one record for the window and, with the
    next one of that peer, the count of those that were not recorded. A call that is not refused is never touched,
    whoever else calls from the same address.
    """

    def __init__(self, audit: Audit, *, rate: str, clock: Clock) -> None:
        self._note = audit.note
        self._rate = Rate(rate, clock=clock, peers=MOST_PEERS)
        self._allowed = rate
        self._untold: dict[str, int] = {}
        self.unrecorded = 0

    def around(self, call: Call) -> Iterator[None]:
        """Note the refusal. One that came from another component was noted there."""
        try:
            yield
        except MeshError as error:
            if error.code in REFUSED and not error.remote:
                self._refused(call, error)
            raise

    def _refused(self, call: Call, error: MeshError) -> None:
        # gRPC makes the certificate out anew for each call that asks, so only those that are refused do.
        origin = call.peer_identity or host_of(call.peer)
        beyond, left = self._rate.spend(origin)
        if not beyond:
            untold = self._untold.pop(origin, 0)
            self._note(_event(call, error.exactly, {"unrecorded": str(untold)} if untold else {}))
            return
        if beyond == 1:
            self._note(_event(call, "TOO_MANY_REFUSALS", {"peer": origin, "allowed": self._allowed}))
        else:
            self._count(origin)
        message = f"more than {self._allowed} calls of this peer were refused: wait, then call with what is right"
        raise ResourceExhausted("TOO_MANY_REFUSALS", message, retry_after=left, tried=True) from error

    def _count(self, origin: str) -> None:
        self.unrecorded += 1
        if origin not in self._untold and len(self._untold) >= MOST_PEERS:
            del self._untold[next(iter(self._untold))]
        self._untold[origin] = self._untold.get(origin, 0) + 1


def _event(call: Call, reason: str, details: dict[str, str]) -> Event:
    principal = call.principal
    if principal is not None and principal.caller != principal.subject:
        details["caller"] = principal.caller
    return Event(
        kind="call",
        outcome="refused",
        who=principal.subject if principal is not None else "",
        what=call.method.full_name,
        source=call.peer,
        reason=reason,
        trace_id=call.trace_id,
        details=details,
    )
