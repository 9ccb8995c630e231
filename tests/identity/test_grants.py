from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.errors import PermissionDenied
from trunkline.identity.grants import Grants, narrowed
from trunkline.identity.model import Grant

READ = Grant(frozenset({"a.read"}), frozenset({"clerk"}))
NAMED = Grants({"orders": READ, "billing": Grant()}, {"ann": READ})
SCOPES = st.frozensets(st.sampled_from("abcdef"))


@pytest.fixture
def grants():
    activity = Grant(scopes=frozenset({"accounts.read"}))
    users = {"ci": Grant(roles=frozenset({"builder"}))}
    return Grants({"activity": activity, "accounts": Grant()}, users)


def test_a_component_holds_what_is_written_for_it(grants):
    assert grants.component("activity").scopes == {"accounts.read"}
    assert grants.component("accounts") == Grant()


@pytest.mark.parametrize("name", ["progress", "Activity", "backbone", "ci", ""])
def test_what_is_no_component_may_have_no_token_of_one(name, grants):
    assert grants.component(name) is None


def test_a_user_holds_what_is_written_for_it_or_nothing(grants):
    assert grants.user("ci").roles == {"builder"}
    assert grants.user("somebody") == grants.user("activity") == Grant()


def test_tokens_are_for_components_and_named_callees_only(grants):
    assert [grants.knows(name) for name in ("accounts", "backbone", "progress", "ci", "")] == [True, True] + 3 * [False]


@given(SCOPES, SCOPES)
def test_nobody_gets_more_than_was_asked_for_or_than_is_held(held, asked):
    if asked <= held:
        assert narrowed(held, asked) == (asked or held)
        return
    with pytest.raises(PermissionDenied, match="SCOPE_NOT_GRANTED") as refusal:
        narrowed(held, asked)
    assert set(refusal.value.metadata["missing"].split()) == asked - held


def test_a_component_bears_its_spiffe_id_and_the_role_of_components_and_a_user_neither():
    component, user = NAMED.principal("orders", "shop"), NAMED.principal("ann", "shop")
    assert component is not None
    assert user is not None
    assert (component.subject, component.roles) == ("spiffe://shop/orders", {"clerk", "component"})
    assert (user.subject, user.roles) == ("ann", {"clerk"})
    assert NAMED.principal("bob", "shop") is None


def test_each_single_thing_that_is_granted_is_a_fact():
    assert NAMED.facts() == {
        "orders: scope a.read",
        "orders: role clerk",
        "ann: scope a.read",
        "ann: role clerk",
    }
