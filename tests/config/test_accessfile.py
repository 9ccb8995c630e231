from pathlib import Path

import pytest

from trunkline.config import AccessFile, ConfigError, Grant, load_access_file, load_mesh_file, settings_for
from trunkline.config.accessfile import RESERVED
from trunkline.identity.model import COMPONENT

MESH = """\
    mesh: shop
    backbone: {address: "127.0.0.1:1"}
    components: {orders: {address: "127.0.0.1:2"}, billing: {}}
"""
ACCESS = """\
roles:
  clerk:
    scopes: [orders.read, stock.read]
components:
  orders:
    scopes: [stock.read, stock.write]
    roles: [clerk]
users:
  ann:
    roles: [clerk]
"""


@pytest.fixture
def access(written, tmp_path):
    def load(text: str) -> AccessFile:
        (tmp_path / "access.yaml").write_text(text)
        return load_access_file(written.load(MESH))

    return load


def test_a_grant_has_the_scopes_of_its_roles_each_once(access):
    file = access(ACCESS)
    assert file.component("orders") == Grant(scopes=("orders.read", "stock.read", "stock.write"), roles=("clerk",))
    assert file.user("ann") == Grant(scopes=("orders.read", "stock.read"), roles=("clerk",))


def test_who_is_not_named_holds_nothing(access):
    assert access(ACCESS).component("billing") == Grant()


def test_a_mesh_without_the_file_grants_nothing(written):
    mesh = written.load(MESH)
    assert mesh.access is None
    assert load_access_file(mesh) == AccessFile()


def test_the_mesh_file_may_name_another_file(written, tmp_path):
    (tmp_path / "grants.yaml").write_text(ACCESS)
    mesh = written.load("access: grants.yaml\n" + "\n".join(line[4:] for line in MESH.splitlines()))
    assert load_access_file(mesh).component("orders").roles == ("clerk",)


def test_a_named_file_that_is_not_there_is_a_fault(written, tmp_path):
    mesh = written.load("access: grants.yaml\n" + "\n".join(line[4:] for line in MESH.splitlines()))
    with pytest.raises(ConfigError, match=r"grants\.yaml: no such file"):
        load_access_file(mesh)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "roles: [clerk]\nusers",
            "roles: [clrk]\nusers",
            "7: components.orders.roles[0]: no role is named 'clrk'; did",
        ),
        ("    roles: [clerk]\n", "    roles: [component]\n", "7: components.orders.roles[0]: this role is every"),
        (
            "  orders:\n",
            "  order:\n",
            "5: components.order: trunkline.yaml has no component 'order'; did you mean 'ord",
        ),
        ("stock.write", "Stock", "6: components.orders.scopes[1]: 'Stock' is not a scope; write lower-case words"),
        ("stock.write", "stock.\u017f", "6: components.orders.scopes[1]: 'stock.\u017f' is not a scope"),
        ("  clerk:\n", "  component:\n", "2: roles.component: this role is every component's own"),
        ("  clerk:\n", "  Clerk:\n", "2: roles.Clerk: 'Clerk' is not a role; write one lower-case word"),
        ("  ann:", "  'a nn':", "9: users.a nn: 'a nn' cannot be the subject of a token"),
        ("  ann:", "  billing:", "9: users.billing: a component is named so"),
        ("  ann:", "  spiffe://shop/billing:", "9: users.spiffe://shop/billing: this is a component"),
        (
            "    roles: [clerk]\n",
            "    role: [clerk]\n",
            "7: components.orders.role: no such key; did you mean 'roles'?",
        ),
        ("scopes: [orders.read, stock.read]", "scopes: orders.read", "3: roles.clerk.scopes: must be a list, such as"),
        ("users:", "components:", "8: components: said twice, first in line 4"),
        ("users:", "users: [", "10: not valid YAML"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_line_and_the_backbone_does_not_start(
    written, tmp_path, old: str, new: str, fault: str
):
    (tmp_path / "access.yaml").write_text(ACCESS.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        settings_for(written.load(MESH), "backbone")
    assert any(one.startswith(f"access.yaml:{fault}") for one in caught.value.faults), caught.value.faults


def test_a_broken_file_keeps_no_component_from_starting_again(written, tmp_path):
    (tmp_path / "access.yaml").write_text("roles: [")
    assert settings_for(written.load(MESH), "orders").grants == {}


def test_a_mesh_written_elsewhere_still_finds_its_access_file(written, tmp_path):
    (tmp_path / "access.yaml").write_text(ACCESS)
    (tmp_path / "sub").mkdir()
    moved = written.load(MESH).write(tmp_path / "sub" / "mesh.yaml")
    assert load_access_file(moved).user("ann").roles == ("clerk",)


def test_the_role_that_nobody_is_given_is_the_one_that_components_carry():
    assert RESERVED == COMPONENT


def test_the_access_file_of_campus_is_valid_and_names_its_schema():

    root = Path(__file__).parents[2]
    assert load_access_file(load_mesh_file(root / "trunkline.yaml")).component("progress").scopes == ("accounts.read",)
    first = (root / "access.yaml").read_text().splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (root / schema).is_file()
