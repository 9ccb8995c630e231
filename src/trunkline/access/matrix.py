"""Who may call what: every caller of a mesh against every method, as far as no call is needed to tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from trunkline.access.decision import decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.access.grants import Grants
    from trunkline.call import Principal
    from trunkline.policy import AccessPolicy

ANYBODY = "anybody"
"""The row of whoever shows no token."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether one caller may call one method. Where it depends on the call, `rule` is the rule that decides."""

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


def matrix(methods: Mapping[str, AccessPolicy | None], grants: Grants, trust_domain: str) -> Matrix:
    """Decide for everybody in `grants`, and for anybody else, on the methods by their full names."""
    callers: dict[str, Principal | None] = {
        name: grants.principal(name, trust_domain) for name in (*grants.components, *grants.users)
    }
    callers[ANYBODY] = None
    rows = {
        caller: {method: _cell(method, access, principal) for method, access in methods.items()}
        for caller, principal in callers.items()
    }
    return Matrix(rows)


def _cell(method: str, access: AccessPolicy | None, principal: Principal | None) -> Cell:
    plain = replace(access, rule="") if access is not None else None
    if not decide(method, plain, principal).allowed:
        return CLOSED
    return Cell("rule", access.rule) if access is not None and access.rule else Cell("yes")
