"""A decision with all that led to it, for people who ask why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trunkline.access.decision import Decision, claims_of, decide, peer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trunkline.access.decision import Step
    from trunkline.access.matrix import Guarded
    from trunkline.call import Principal


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why `caller` may or may not call `method`.

    `basis` is where it is known from what the caller carries; `read` is what the rule reads, as it is written there,
    with what stands there.
    """

    caller: str
    method: str
    basis: str
    decision: Decision
    read: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> bool | None:
        """True where the call is allowed, False where it is refused, None where that depends on the request."""
        return None if self.decision.refusal is None and not self.decision.allowed else self.decision.allowed


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that somebody asks about: `request` None where it is not known, `caller` and `basis` as shown."""

    caller: str
    method: str
    basis: str
    principal: Principal | None
    request: Any = None
    seen: Sequence[Step] = ()


def explain(asked: Asked, guarded: Guarded, trust_domain: str) -> Explanation:
    """Decide on the call that is asked about, after the steps `seen` already, such as those over its token."""
    principal, rule = asked.principal, guarded.rule
    peer = peer_of(principal, trust_domain) if principal is not None else {}
    decision = decide(asked.method, guarded.access, principal, rule=rule, request=asked.request, peer=peer)
    read: dict[str, str] = {}
    if rule is not None and principal is not None:
        read = rule.values(claims_of(principal), peer, asked.request)
    return Explanation(asked.caller, asked.method, asked.basis, Decision((*asked.seen, *decision.steps)), read)
