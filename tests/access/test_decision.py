from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.api.accounts.v1.accounts_pb2 import GetUserRequest
from trunkline.access.decision import claims_of, decide, peer_of
from trunkline.access.rule import compile_rule
from trunkline.call import Principal
from trunkline.policy import AccessPolicy

METHOD = "campus.Accounts/GetUser"
NAMES = st.frozensets(st.sampled_from("abcd"))
RULES = {
    text: compile_rule(text, GetUserRequest.DESCRIPTOR)
    for text in ("true", "false", "claims.none == 1", "request.user_id == claims.sub", "'a' in claims.roles")
}
OWN = "request.user_id == claims.sub"


@given(
    needed=NAMES,
    carried=NAMES,
    wanted=NAMES,
    had=NAMES,
    text=st.sampled_from(["", *RULES]),
    user=st.sampled_from([None, "ann", "bob"]),
)
def test_nobody_is_allowed_who_lacks_a_scope_whatever_else_holds(needed, carried, wanted, had, text, user):
    access, principal = AccessPolicy(scopes=needed, roles=wanted, rule=text), Principal("ann", carried, had)
    request = GetUserRequest(user_id=user) if user else None
    decision = decide(METHOD, access, principal, rule=RULES.get(text), request=request)
    if not needed <= carried:
        assert not decision.allowed
        assert decision.refusal is not None
        assert decision.refusal.reason == "SCOPE_MISSING"
        assert set(decision.refusal.metadata["missing"].split()) == needed - carried
    if wanted and not wanted & had:
        assert not decision.allowed
    if decision.allowed:
        assert text in {"", "true", OWN, "'a' in claims.roles"}


def test_every_step_is_told_even_after_one_that_does_not_hold():
    access = AccessPolicy(scopes=frozenset({"a.read"}), roles=frozenset({"dean", "tutor"}), rule=OWN)
    principal = Principal("ann", frozenset({"b.read"}), frozenset({"clerk"}))
    decision = decide(METHOD, access, principal, rule=RULES[OWN], request=GetUserRequest(user_id="ann"))
    assert [(step.what, step.asked, step.found, step.holds) for step in decision.steps] == [
        ("caller", "somebody known", "ann", True),
        ("scopes", "all of a.read", "b.read; not a.read", False),
        ("roles", "one of dean, tutor", "clerk", False),
        ("rule", OWN, "true", True),
    ]
    assert decision.refusal is not None
    assert decision.refusal.reason == "SCOPE_MISSING"


def test_a_refused_rule_tells_the_caller_nothing_but_that_and_keeps_the_cause():
    text = "claims.none == 1"
    refusal = decide(METHOD, AccessPolicy(rule=text), Principal("ann"), rule=RULES[text]).refusal
    assert refusal is not None
    assert refusal.reason == "RULE_REFUSED"
    assert refusal.message == f"ann may not call {METHOD}: its token does not satisfy the rule of the method"
    assert refusal.metadata == {"method": METHOD}
    assert "none" in refusal.cause


def test_a_rule_over_a_request_that_is_not_known_leaves_the_decision_open():
    decision = decide(METHOD, AccessPolicy(rule=OWN), Principal("ann"), rule=RULES[OWN])
    assert (decision.allowed, decision.refusal, decision.steps[-1].open) == (False, None, True)


@pytest.mark.parametrize(("tail", "allowed", "found"), [("|| true", True, "true"), ("&& false", False, "false")])
def test_a_rule_that_is_the_same_for_every_request_is_decided_without_one(tail: str, allowed: bool, found: str):
    text = f"{OWN} {tail}"
    rule = compile_rule(text, GetUserRequest.DESCRIPTOR)
    decision = decide(METHOD, AccessPolicy(rule=text), Principal("ann"), rule=rule)
    assert decision.allowed is allowed
    assert decision.steps[-1].found == f"{found}, whatever the request"


@pytest.mark.parametrize(
    ("access", "principal", "reason"),
    [
        (None, Principal("ann"), "ACCESS_UNDECLARED"),
        (AccessPolicy(), None, "PRINCIPAL_MISSING"),
        (AccessPolicy(rule="true"), Principal("ann"), "RULE_UNSUPPORTED"),
    ],
)
def test_what_cannot_be_decided_is_refused(access, principal, reason: str):
    refusal = decide(METHOD, access, principal).refusal
    assert refusal is not None
    assert refusal.reason == reason


def test_anybody_may_call_what_is_public():
    assert decide(METHOD, AccessPolicy(public=True), None).allowed


def test_a_rule_sees_the_claims_of_the_token_and_subject_roles_and_scope_as_the_mesh_understands_them():
    claims = MappingProxyType({"sub": "old", "tenant": {"id": 1}})
    principal = Principal("ann", frozenset({"b.read", "a.read"}), frozenset({"tutor"}), claims=claims)
    assert claims_of(principal) == {
        "sub": "ann",
        "tenant": {"id": 1},
        "roles": ["tutor"],
        "scope": "a.read b.read",
    }


@pytest.mark.parametrize(
    ("principal", "component"),
    [
        (Principal("spiffe://campus/activity"), "activity"),
        (Principal("ann", actors=("spiffe://campus/journey", "spiffe://campus/other")), "journey"),
        (Principal("ann"), ""),
        (Principal("spiffe://museum/activity"), ""),
    ],
)
def test_a_rule_sees_the_component_that_calls_also_on_behalf_of_a_user(principal, component: str):
    assert peer_of(principal, "campus", "ipv4:1") == {"component": component, "address": "ipv4:1"}
