import stat
from pathlib import Path

import pytest

from trunkline.config import load_mesh_file

MESH = """\
    mesh: campus
    backbone: {address: "127.0.0.1:7400"}
    components:
      accounts:
        run: campus.accounts:main
        address: 127.0.0.1:7401
        services: [campus.api.accounts.v1.AccountsService]
      progress:
        run: campus.progress:main
        addresses: [127.0.0.1:7402, 127.0.0.1:7403]
        needs: [accounts]
        database: sqlite:///{data_dir}/progress.db
        settings: {log: {level: debug}}
      journey:
        needs: [accounts]
"""
CAMPUS = Path(__file__).parents[2] / "trunkline.yaml"


def test_a_mesh_file_says_who_is_where_and_needs_whom(written):
    mesh = written.load(MESH)
    assert mesh.endpoints() == {
        "backbone": ("127.0.0.1:7400",),
        "accounts": ("127.0.0.1:7401",),
        "progress": ("127.0.0.1:7402", "127.0.0.1:7403"),
    }
    assert mesh.needs() == {
        "backbone": (),
        "accounts": ("backbone",),
        "progress": ("backbone", "accounts"),
        "journey": ("backbone", "accounts"),
    }
    assert mesh.started() == ["backbone", "accounts", "progress"]


def test_data_lies_beside_the_file_unless_told_otherwise(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mesh = written.load(MESH)
    assert mesh.folder == tmp_path.resolve() / ".trunkline"
    assert mesh.with_data_dir(Path("there")).folder == tmp_path.resolve() / "there"


def test_a_resolved_mesh_read_back_is_the_same_mesh_at_the_new_addresses(written, tmp_path):
    mesh = written.load(MESH).with_endpoints({"backbone": ["127.0.0.1:1"], "accounts": ["127.0.0.1:2"]})
    path = tmp_path / "sub" / "mesh.yaml"
    path.parent.mkdir()
    moved = mesh.write(path)
    again = load_mesh_file(path)
    assert again == moved
    assert again.endpoints()["backbone"] == ("127.0.0.1:1",)
    assert again.endpoints()["accounts"] == ("127.0.0.1:2",)
    assert again.endpoints()["progress"] == ("127.0.0.1:7402", "127.0.0.1:7403")
    assert again.components["progress"].settings.log.level == "debug"
    assert again.folder == mesh.folder


def test_a_resolved_mesh_is_for_its_owner_alone_as_database_urls_carry_passwords(written, tmp_path):
    path = tmp_path / "mesh.yaml"
    path.write_text("from before")
    path.chmod(0o644)
    written.load(MESH).write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_campus_mesh_is_valid_and_journey_is_its_client():
    mesh = load_mesh_file(CAMPUS)
    assert mesh.mesh == "campus"
    assert mesh.started() == ["backbone", "accounts", "progress", "activity"]
    assert mesh.components["journey"].endpoints == ()
    assert mesh.access == CAMPUS.with_name("access.yaml")


def test_a_typo_names_file_line_key_and_the_nearest_valid_key(written):
    faults = written.faults(MESH.replace("        address: 127.0.0.1:7401", "        adress: 127.0.0.1:7401"))
    assert faults == ["trunkline.yaml:6: components.accounts.adress: no such key; did you mean 'address'?"]


def test_a_typo_in_a_nested_section_is_found_among_the_keys_of_that_section(written):
    faults = written.faults(MESH.replace("log: {level: debug}", "limits: {max_mesage_bytes: 1}"))
    where = "trunkline.yaml:13: components.progress.settings.limits.max_mesage_bytes"
    assert faults == [f"{where}: no such key; did you mean 'max_message_bytes'?"]


def test_every_fault_gets_its_line(written):
    faults = written.faults("mesh: Campus\nbackbone: {}\ncompnents: {}\nsettings: {tracing: {sample_ratio: 2}}\n")
    assert faults == [
        "trunkline.yaml:1: mesh: 'Campus' is not a name of lower-case letters, digits and hyphens",
        "trunkline.yaml:2: backbone.address: missing",
        "trunkline.yaml:3: compnents: no such key; did you mean 'components'?",
        "trunkline.yaml:4: settings.tracing.sample_ratio: input should be less than or equal to 1, not 2",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "address: 127.0.0.1:7401",
            "address: localhost",
            "6: components.accounts.address: 'localhost' is not host:port",
        ),
        (
            "run: campus.accounts:main",
            "run: campus.accounts",
            "5: components.accounts.run: 'campus.accounts' is not MOD",
        ),
        (
            "[campus.api.accounts.v1.AccountsService]",
            "[Acc]",
            "7: components.accounts.services[0]: 'Acc' is not the ful",
        ),
        ("      accounts:\n", "      ../up:\n", "4: components.../up: '../up' is not a name"),
        ("    mesh: campus", "    mesh: [campus]", "1: mesh: input should be a valid string, not ['campus']"),
        (
            "      journey:\n",
            "      journey: 7\n      x:\n",
            "14: components.journey: must be a mapping of keys to values",
        ),
        (
            "        run: campus.progress:main",
            "        address: 127.0.0.1:1",
            "8: components.progress: has both address and",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_it_should_be(written, old: str, new: str, fault: str):
    faults = written.faults(MESH.replace(old, new, 1))
    assert any(one.startswith(f"trunkline.yaml:{fault}") for one in faults), faults
