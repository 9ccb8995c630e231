"""The decision about one call: may it be made, and what led to that. Nothing here waits or writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trunkline.errors import MeshError, PermissionDenied
from trunkline.identity.model import component_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trunkline.access.rule import Rule
    from trunkline.call import Principal
    from trunkline.policy import AccessPolicy


FALSE = "false"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: what the contract asks for, and what was found.

    `refusal` is the error the caller gets because of it, None where it holds. `open` where it depends on a request, and
    there is none.
    """

    what: str
    asked: str
    found: str
    refusal: MeshError | None = None
    open: bool = False

    @property
    def holds(self) -> bool:
        """Whether what was found is what was asked for."""
        return self.refusal is None and not self.open


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and every step that led to it."""

    steps: tuple[Step, ...]

    @property
    def allowed(self) -> bool:
        """Whether the call may be made: every step holds."""
        return all(step.holds for step in self.steps)

    @property
    def refusal(self) -> MeshError | None:
        """What the caller gets: the refusal of the first step that has one."""
        return next((step.refusal for step in self.steps if step.refusal is not None), None)


def decide(
    method: str,
    access: AccessPolicy | None,
    principal: Principal | None,
    *,
    rule: Rule | None = None,
    request: Any = None,
    peer: Mapping[str, str] | None = None,
) -> Decision:
    """Decide on a call of `method`, whose contract says `access`. All steps are taken, whatever the first ones say.

    `rule` is that of `access`, compiled; without it a contract with a rule lets nobody in. `peer` is that of `peer_of`.
    """
    return Decision(tuple(_steps(method, access, principal, rule, request, peer or {})))


def claims_of(principal: Principal) -> dict[str, Any]:
    """Return what a rule sees as `claims`: those of the token, and `sub`, `roles` and `scope` in any case.

    These three are as the mesh understands them, so that a rule also fits the tokens of an outside issuer.
    """
    roles, scope = sorted(principal.roles), " ".join(sorted(principal.scopes))
    return {**principal.claims, "sub": principal.subject, "roles": roles, "scope": scope}


def peer_of(principal: Principal, trust_domain: str, address: str | None = None) -> dict[str, str]:
    """Return what a rule sees as `peer`: the component that calls, empty where it is none, and its address if known."""
    peer = {"component": component_of(principal.caller, trust_domain) or ""}
    return peer if address is None else {**peer, "address": address}


def unsatisfied(
    method: str, principal: Principal, rule: Rule, request: Any, peer: Mapping[str, str]
) -> PermissionDenied | None:
    """Return the refusal of a caller whom `rule` does not let in, with its cause; None where it does.

    A rule that cannot be evaluated, such as for a claim that is not there, lets nobody in.
    """
    verdict = rule.judge(claims_of(principal), peer, request)
    if verdict.holds:
        return None
    lacks = "does not satisfy the rule of the method"
    return _denied("RULE_REFUSED", method, principal, lacks, cause=verdict.cause or FALSE)


def _steps(
    method: str,
    access: AccessPolicy | None,
    principal: Principal | None,
    rule: Rule | None,
    request: Any,
    peer: Mapping[str, str],
) -> Iterator[Step]:
    named = {"method": method}
    if access is None:
        said = f"the contract of {method} does not say who may call it"
        yield Step(
            "access", "said by the contract", "nothing", PermissionDenied("ACCESS_UNDECLARED", said, metadata=named)
        )
        return
    if access.public:
        yield Step("public", "nobody in particular", "anybody may call")
        return
    if principal is None:
        nobody = PermissionDenied("PRINCIPAL_MISSING", f"nobody is known to call {method}", metadata=named)
        yield Step("caller", "somebody known", "nobody", nobody)
        return
    yield Step("caller", "somebody known", principal.subject)
    if access.scopes:
        yield _scopes(method, access.scopes, principal)
    if access.roles:
        yield _roles(method, access.roles, principal)
    if access.rule and rule is None:
        said = f"{method} has an access rule that this server cannot evaluate"
        unsupported = PermissionDenied("RULE_UNSUPPORTED", said, metadata=named)
        yield Step("rule", access.rule, "cannot be evaluated here", unsupported)
    elif rule is not None:
        yield _rule(method, principal, rule, request, peer)


def _scopes(method: str, asked: frozenset[str], principal: Principal) -> Step:
    missing = sorted(asked - principal.scopes)
    text, found = f"all of {', '.join(sorted(asked))}", ", ".join(sorted(principal.scopes)) or "none"
    if not missing:
        return Step("scopes", text, found)
    lacks = f"lacks the scope{'s'[: len(missing) > 1]} {', '.join(missing)}"
    return Step(
        "scopes",
        text,
        f"{found}; not {', '.join(missing)}",
        _denied("SCOPE_MISSING", method, principal, lacks, missing),
    )


def _roles(method: str, asked: frozenset[str], principal: Principal) -> Step:
    wanted = sorted(asked)
    text, found = f"one of {', '.join(wanted)}", ", ".join(sorted(principal.roles)) or "none"
    if asked & principal.roles:
        return Step("roles", text, found)
    lacks = f"has none of the roles {', '.join(wanted)}" if len(wanted) > 1 else f"lacks the role {wanted[0]}"
    return Step("roles", text, found, _denied("ROLE_MISSING", method, principal, lacks, wanted))


def _rule(method: str, principal: Principal, rule: Rule, request: Any, peer: Mapping[str, str]) -> Step:
    refusal = unsatisfied(method, principal, rule, request, peer)
    known, always = request is not None or not rule.reads_request, ", whatever the request"
    if refusal is None:
        return Step("rule", rule.text, "true" if known else f"true{always}")
    cause = refusal.cause
    if known:
        return Step("rule", rule.text, cause, refusal)
    if cause == FALSE:
        return Step("rule", rule.text, f"{cause}{always}", refusal)
    return Step("rule", rule.text, "depends on the request", open=True)


def _denied(
    reason: str, method: str, principal: Principal, lacks: str, missing: list[str] | None = None, *, cause: str = ""
) -> PermissionDenied:
    message = f"{principal.subject} may not call {method}: its token {lacks}"
    metadata = {"missing": " ".join(missing), "method": method} if missing else {"method": method}
    return PermissionDenied(reason, message, metadata=metadata, cause=cause)
