"""Who may: compares what the token carries with what the contract asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from trunkline.access.decision import decide, peer_of, unsatisfied
from trunkline.access.rule import RuleError, compile_rule
from trunkline.audit.model import Event
from trunkline.call import Side
from trunkline.policy import AccessPolicy
from trunkline.runtime.chain import Interceptor
from trunkline.telemetry.hidden import hidden_values, without_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trunkline.access.rule import Rule
    from trunkline.audit.model import Audit
    from trunkline.call import Call, Method, Principal
    from trunkline.errors import MeshError

    Forbidden = Callable[[Call, MeshError], None]


def refuse(call: Call, refusal: MeshError) -> None:  # noqa: ARG001 - the form of what becomes of a forbidden call
    """Raise `refusal`."""
    raise refusal


class Access(Interceptor):
    """Refuses callers whose token lacks a scope, has none of the roles, or does not satisfy the rule of the contract.

    Stands behind `ServerAuth`. What a method needs is composed once, when the server is built. A rule that reads the
    request is asked for each request message, any other once a call; until a message has satisfied it, a stream is
    answered nothing. `forbidden` is given what the contract forbids and
    raises it, or lets it through; what nobody can decide on is refused in any case.
    """

    def __init__(self, *, trust_domain: str = "", forbidden: Forbidden = refuse) -> None:
        self._trust_domain = trust_domain
        self._forbidden = forbidden

    def bind(self, method: Method, side: Side) -> Interceptor | None:
        """Return the check of `method`; None on the client and where the contract lets everybody in."""
        access = method.policy.access
        if side is Side.CLIENT or (access is not None and access.public):
            return None
        if access is None:
            return _Closed(access)
        if not access.rule:
            return _Needs(access, self._forbidden)
        try:
            rule = compile_rule(access.rule, method.request_type.DESCRIPTOR)
        except RuleError:
            return _Closed(access)  # the contract check says what is wrong, and keeps the server from starting
        kind = _NeedsRule
        if rule.reads_request:
            kind = _NeedsInStream if method.shape.streams_requests else _NeedsInMessages
        return kind(access, rule, self._trust_domain, self._forbidden)


class DryRun:
    """Lets through what the contracts forbid, and tells: the log, `count`, and the audit log where there is one."""

    def __init__(self, audit: Audit | None = None) -> None:
        self.count = 0
        self._audit = audit
        self._log = structlog.get_logger("trunkline.access")
        self._log.warning("access is a dry run: what the contracts forbid is let through")

    def __call__(self, call: Call, refusal: MeshError) -> None:
        """Note what would be refused."""
        self.count += 1
        caller = call.principal.subject if call.principal is not None else ""
        method, cause = call.method.full_name, refusal.cause or refusal.message
        self._log.warning("let through", method=method, caller=caller, would_refuse=refusal.reason, cause=cause)
        if self._audit is not None:
            reason = f"{refusal.reason}: {cause}"
            self._audit.note(
                Event("call", "would-refuse", caller, method, source=call.peer, reason=reason, trace_id=call.trace_id)
            )


class _Closed(Interceptor):
    """A method that nobody may call: its contract is silent, or cannot be understood."""

    def __init__(self, access: AccessPolicy | None) -> None:
        self._access = access

    def admit(self, call: Call) -> None:
        refusal = decide(call.method.full_name, self._access, call.principal).refusal
        assert refusal is not None
        raise refusal


class _Needs(Interceptor):
    """All of the scopes, and one of the roles where there are any."""

    def __init__(self, access: AccessPolicy, forbidden: Forbidden) -> None:
        self._scopes = access.scopes
        self._roles = access.roles
        self._forbidden = forbidden

    def admit(self, call: Call) -> None:
        principal = call.principal
        if (
            principal is None
            or not self._scopes <= principal.scopes
            or (self._roles and self._roles.isdisjoint(principal.roles))
        ):
            self._refuse(call, principal)

    def _refuse(self, call: Call, principal: Principal | None) -> None:
        access = AccessPolicy(scopes=self._scopes, roles=self._roles)
        refusal = decide(call.method.full_name, access, principal).refusal
        assert refusal is not None
        if principal is None:
            raise refusal
        self._forbidden(call, refusal)


class _NeedsRule(_Needs):
    """A rule besides, which looks at the caller alone."""

    def __init__(self, access: AccessPolicy, rule: Rule, trust_domain: str, forbidden: Forbidden) -> None:
        super().__init__(access, forbidden)
        self._rule = rule
        self._trust_domain = trust_domain

    def admit(self, call: Call) -> None:
        super().admit(call)
        self._ask(call, None)

    def _ask(self, call: Call, request: Any) -> None:
        principal = call.principal
        assert principal is not None
        peer = peer_of(principal, self._trust_domain, call.peer)
        refusal = unsatisfied(call.method.full_name, principal, self._rule, request, peer)
        if refusal is not None:
            if request is not None:
                # CEL quotes the value that it cannot work with.
                refusal.cause = without_values(refusal.cause, hidden_values(request))
            self._forbidden(call, refusal)


class _NeedsInMessages(_NeedsRule):
    """A rule besides, which looks at each request."""

    def admit(self, call: Call) -> None:
        _Needs.admit(self, call)

    def message(self, call: Call, message: Any) -> None:
        self._ask(call, message)


class _NeedsInStream(_NeedsInMessages):
    """A stream may bring no request at all, and its handler runs before the first: nothing is answered until then."""

    def __init__(self, access: AccessPolicy, rule: Rule, trust_domain: str, forbidden: Forbidden) -> None:
        super().__init__(access, rule, trust_domain, forbidden)
        self._asked: set[Call] = set()

    def around(self, call: Call) -> Iterator[None]:
        try:
            yield
        finally:
            self._asked.discard(call)

    def message(self, call: Call, message: Any) -> None:
        super().message(call, message)
        self._asked.add(call)

    def response(self, call: Call, message: Any) -> None:  # noqa: ARG002 - part of the interface
        if call not in self._asked:
            self._ask(call, None)
