"""Rules about who may call a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.api.policy.v1.policy_pb2 import Access, MethodOptions
from trunkline.contract.violation import Fault
from trunkline.policy import is_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

WAYS = "`{public: true}`, `{scopes: [...]}`, `{roles: [...]}` or `{rule: ...}`"

_ACCESS = MethodOptions.ACCESS_FIELD_NUMBER
_PUBLIC = (_ACCESS, Access.PUBLIC_FIELD_NUMBER)
_SCOPES = (_ACCESS, Access.SCOPES_FIELD_NUMBER)
_ROLES = (_ACCESS, Access.ROLES_FIELD_NUMBER)
RULE = (_ACCESS, Access.RULE_FIELD_NUMBER)


def access_faults(said: MethodOptions) -> Iterator[Fault]:
    """Judge the access of one method. Paths lead on from its policy."""
    if not said.HasField("access"):
        yield Fault((), "no access is stated", f"add `access: ...` with {WAYS}")
        return
    access = said.access
    restricted = access.scopes or access.roles or access.rule
    if not (access.public or restricted):
        yield Fault((_ACCESS,), "access is empty", f"say who may call: {WAYS}")
    if access.public and restricted:
        yield Fault(_PUBLIC, "access is public and restricted at once", "keep `public` or the rest, not both")
    yield from _word_faults(access)


def _word_faults(access: Access) -> Iterator[Fault]:
    for index, scope in enumerate(access.scopes):
        if not is_scope(scope):
            mend = "write lower-case words joined by dots, such as `orders.read`"
            yield Fault((*_SCOPES, index), f"{scope!r} is not a scope", mend)
    for index, role in enumerate(access.roles):
        if not role.strip():
            yield Fault((*_ROLES, index), "a role is empty", "name the role or take it away")
