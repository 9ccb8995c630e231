"""Who may call what: every caller of a mesh against every method, as far as no call is needed to tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from trunkline.access.decision import claims_of, decide, peer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.access.rule import Rule
    from trunkline.call import Principal
    from trunkline.identity.grants import Grants
    from trunkline.policy import AccessPolicy

ANYBODY = "anybody"
"""The row of whoever shows no token."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether one caller may call one method. Where that depends on the call, `rule` is the rule that decides."""

    answer: Literal["yes", "rule", "no"] = "no"
    rule: str = ""


CLOSED = Cell()


@dataclass(frozen=True, slots=True)
class Matrix:
    """A row of cells by method for each caller: components, then users, then anybody."""

    rows: Mapping[str, Mapping[str, Cell]]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods, in the order of the contracts."""
        return tuple(next(iter(self.rows.values()), {}))

    def cell(self, caller: str, method: str) -> Cell:
        """Return one cell; that of a caller or a method which is not there is closed."""
        return self.rows.get(caller, {}).get(method, CLOSED)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What guards a method: what its contract says, and its rule compiled, where it has one that can be."""

    access: AccessPolicy | None
    rule: Rule | None = None


def matrix(methods: Mapping[str, Guarded], grants: Grants, trust_domain: str) -> Matrix:
    """Decide for everybody in `grants`, and for anybody else, on the methods by their full names."""
    callers: dict[str, Principal | None] = {
        name: grants.principal(name, trust_domain) for name in (*grants.components, *grants.users)
    }
    callers[ANYBODY] = None
    rows = {
        caller: {method: _cell(method, guarded, principal, trust_domain) for method, guarded in methods.items()}
        for caller, principal in callers.items()
    }
    return Matrix(rows)


def _cell(method: str, guarded: Guarded, principal: Principal | None, trust_domain: str) -> Cell:
    access = guarded.access
    if not decide(method, replace(access, rule="") if access is not None else None, principal).allowed:
        return CLOSED
    if access is None or not access.rule or principal is None:
        return Cell("yes")
    if guarded.rule is not None:
        verdict = guarded.rule.judge(claims_of(principal), peer_of(principal, trust_domain))
        if not verdict.cause:
            return Cell("yes") if verdict.holds else CLOSED
    return Cell("rule", access.rule)
