from trunkline.access.grants import Grants, from_settings
from trunkline.config import Settings
from trunkline.identity.model import Grant

READ = Grant(frozenset({"a.read"}), frozenset({"clerk"}))
GRANTS = Grants({"orders": READ, "billing": Grant()}, {"ann": READ})


def test_the_backbone_takes_its_grants_from_its_settings():
    told = {"scopes": ["a.read"], "roles": ["clerk"]}
    settings = Settings(component="backbone", grants={"orders": told, "billing": {}}, users={"ann": told})
    assert from_settings(settings) == GRANTS


def test_components_users_and_nobody_else_have_a_grant():
    assert [GRANTS.grant(name) for name in ("orders", "ann", "billing", "bob")] == [READ, READ, Grant(), None]


def test_tokens_are_for_components_and_for_the_backbone():
    assert [GRANTS.knows(name) for name in ("orders", "backbone", "ann", "bob")] == [True, True, False, False]


def test_a_component_bears_its_spiffe_id_and_the_role_of_components_and_a_user_neither():
    component, user = GRANTS.principal("orders", "shop"), GRANTS.principal("ann", "shop")
    assert component is not None
    assert user is not None
    assert (component.subject, component.roles) == ("spiffe://shop/orders", {"clerk", "component"})
    assert (user.subject, user.roles) == ("ann", {"clerk"})
    assert GRANTS.principal("bob", "shop") is None


def test_each_single_thing_that_is_granted_is_a_fact():
    assert GRANTS.facts() == {
        "orders: scope a.read",
        "orders: role clerk",
        "ann: scope a.read",
        "ann: role clerk",
    }
