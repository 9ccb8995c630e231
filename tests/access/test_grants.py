from trunkline.access.grants import from_settings
from trunkline.config import Settings
from trunkline.identity.grants import Grants
from trunkline.identity.model import Grant

READ = Grant(frozenset({"a.read"}), frozenset({"clerk"}))
GRANTS = Grants({"orders": READ, "billing": Grant()}, {"ann": READ})


def test_the_backbone_takes_its_grants_from_its_settings():
    told = {"scopes": ["a.read"], "roles": ["clerk"]}
    settings = Settings(component="backbone", grants={"orders": told, "billing": {}}, users={"ann": told})
    assert from_settings(settings) == GRANTS
