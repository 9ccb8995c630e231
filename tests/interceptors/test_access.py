from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.call import Call, Method, Principal, Shape, Side
from trunkline.errors import PermissionDenied
from trunkline.interceptors.access import Access
from trunkline.policy import AccessPolicy, Policy
from trunkline.runtime.chain import admit, compose

NAMES = st.frozensets(st.sampled_from("abc"))


def check(access: AccessPolicy | None, principal: Principal | None, shape: Shape = Shape.UNARY_UNARY) -> None:
    method = Method("campus.Accounts", "GetUser", shape, Policy(access=access), object, object)
    call = Call(method, Side.SERVER)
    call.principal = principal
    assert admit(compose([Access()], method, Side.SERVER), call) is None


@given(needed=NAMES, carried=NAMES, wanted=NAMES, had=NAMES)
def test_all_scopes_and_any_role_are_asked_for(needed, carried, wanted, had):
    access, principal = AccessPolicy(scopes=needed, roles=wanted), Principal("activity", carried, had)
    if needed <= carried and (not wanted or wanted & had):
        check(access, principal)
        return
    with pytest.raises(PermissionDenied) as refusal:
        check(access, principal)
    assert refusal.value.reason == ("ROLE_MISSING" if needed <= carried else "SCOPE_MISSING")


@pytest.mark.parametrize("shape", Shape)
def test_the_refusal_names_the_missing_scope_whatever_the_shape(shape):
    with pytest.raises(PermissionDenied) as refusal:
        check(AccessPolicy(scopes=frozenset({"accounts.read"})), Principal("activity"), shape)
    assert refusal.value.message == (
        "activity may not call campus.Accounts/GetUser: its token lacks the scope accounts.read"
    )
    assert refusal.value.metadata == {"missing": "accounts.read", "method": "campus.Accounts/GetUser"}


def test_the_refusal_names_every_missing_scope_and_no_other():
    needed = frozenset({"c.write", "a.read", "b.read"})
    with pytest.raises(PermissionDenied, match=r"lacks the scopes a\.read, c\.write$") as refusal:
        check(AccessPolicy(scopes=needed), Principal("activity", frozenset({"b.read"})))
    assert refusal.value.metadata["missing"] == "a.read c.write"


@pytest.mark.parametrize(
    ("roles", "said"),
    [({"registrar"}, "lacks the role registrar"), ({"dean", "registrar"}, "none of the roles dean, reg")],
)
def test_the_refusal_names_the_roles(roles, said):
    with pytest.raises(PermissionDenied, match=f"ROLE_MISSING.*{said}"):
        check(AccessPolicy(roles=frozenset(roles)), Principal("activity", roles=frozenset({"tutor"})))


def test_a_scope_is_no_role_and_a_part_is_not_the_whole():
    for scopes in ({"registrar"}, {"accounts"}, {"accounts.read.all"}, {"Accounts.Read"}):
        with pytest.raises(PermissionDenied, match="SCOPE_MISSING"):
            check(AccessPolicy(scopes=frozenset({"accounts.read"})), Principal("activity", frozenset(scopes)))


def test_a_public_method_is_not_checked_at_all():
    check(AccessPolicy(public=True), None)


def test_nobody_may_call_what_asks_for_somebody():
    with pytest.raises(PermissionDenied, match="PRINCIPAL_MISSING"):
        check(AccessPolicy(), None)


def test_anybody_known_may_call_what_asks_for_no_more():
    check(AccessPolicy(), Principal("activity"))


def test_a_rule_that_cannot_be_evaluated_refuses():
    access = AccessPolicy(scopes=frozenset({"a"}), rule="true")
    with pytest.raises(PermissionDenied, match="RULE_UNSUPPORTED"):
        check(access, Principal("activity", frozenset({"a"})))


def test_a_method_whose_contract_is_silent_lets_nobody_in():
    with pytest.raises(PermissionDenied, match="ACCESS_UNDECLARED"):
        check(None, Principal("activity"))


def test_the_client_leaves_the_decision_to_the_server():
    access = AccessPolicy(scopes=frozenset({"a"}))
    method = Method("campus.Accounts", "GetUser", Shape.UNARY_UNARY, Policy(access=access), object, object)
    assert compose([Access()], method, Side.CLIENT).admits == ()
