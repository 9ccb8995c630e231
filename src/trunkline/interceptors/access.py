"""Who may: compares what the token carries with what the contract asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from trunkline.call import Side
from trunkline.errors import PermissionDenied
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from trunkline.call import Call, Method, Principal


class Access(Interceptor):
    """Refuses callers whose token lacks a scope, or has none of the roles, that the contract asks for.

    Stands behind `ServerAuth`. Its decision for a method is composed once, when the server is built.
    """

    def bind(self, method: Method, side: Side) -> Interceptor | None:
        """Return the check of `method`; None on the client and where the contract lets everybody in."""
        access = method.policy.access
        if side is Side.CLIENT or (access is not None and access.public):
            return None
        if access is None:
            return _Closed("ACCESS_UNDECLARED", f"the contract of {method.full_name} does not say who may call it")
        if access.rule:
            return _Closed(
                "RULE_UNSUPPORTED", f"{method.full_name} has an access rule that this server cannot evaluate"
            )
        return _Needs(access.scopes, access.roles)


class _Needs(Interceptor):
    """All of the scopes, and one of the roles where there are any."""

    def __init__(self, scopes: frozenset[str], roles: frozenset[str]) -> None:
        self._scopes = scopes
        self._roles = roles

    def admit(self, call: Call) -> None:
        principal = call.principal
        if principal is None:
            raise PermissionDenied("PRINCIPAL_MISSING", f"nobody is known to call {call.method.full_name}")
        if not self._scopes <= principal.scopes:
            self._refuse_scope(call, principal)
        if self._roles and self._roles.isdisjoint(principal.roles):
            self._refuse_role(call, principal)

    def _refuse_scope(self, call: Call, principal: Principal) -> NoReturn:
        missing = sorted(self._scopes - principal.scopes)
        lacks = f"lacks the scope{'s'[: len(missing) > 1]} {', '.join(missing)}"
        raise _denied("SCOPE_MISSING", call, principal, lacks, " ".join(missing))

    def _refuse_role(self, call: Call, principal: Principal) -> NoReturn:
        wanted = sorted(self._roles)
        lacks = f"has none of the roles {', '.join(wanted)}" if len(wanted) > 1 else f"lacks the role {wanted[0]}"
        raise _denied("ROLE_MISSING", call, principal, lacks, " ".join(wanted))


class _Closed(Interceptor):
    """A method that nobody may call."""

    def __init__(self, reason: str, message: str) -> None:
        self._reason = reason
        self._message = message

    def admit(self, call: Call) -> None:
        raise PermissionDenied(self._reason, self._message, metadata={"method": call.method.full_name})


def _denied(reason: str, call: Call, principal: Principal, lacks: str, missing: str) -> PermissionDenied:
    name = call.method.full_name
    message = f"{principal.subject} may not call {name}: its token {lacks}"
    return PermissionDenied(reason, message, metadata={"missing": missing, "method": name})
