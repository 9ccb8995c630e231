from __future__ import annotations

import datetime as dt

import pytest
from issued import Vouching

from trunkline.certificates.folder import read_folder
from trunkline.clock import SystemClock
from trunkline.config import ConfigError, load_mesh_file
from trunkline.supervisor import StartError
from trunkline.supervisor.part import parts_of, trunkline_command
from trunkline.supervisor.vouch import vouch
from trunkline.testing import ManualClock

MESH = """
mesh: tests
settings: {{tls: {{mode: {mode}}}}}
backbone: {{address: "127.0.0.1:7400"}}
components:
  accounts: {{run: "a:b", address: "127.0.0.1:7401"}}
  operator: {{}}
"""


@pytest.fixture
def mesh(tmp_path):
    def load(mode="mutual", text=""):
        path = tmp_path / "trunkline.yaml"
        path.write_text(MESH.format(mode=mode) + text)
        return load_mesh_file(path)

    return load


def folders(mesh):
    return sorted(path.parent.name for path in mesh.folder.glob("tls/*/tls.crt"))


def test_every_component_gets_a_certificate_and_so_do_the_backbone_and_clients(mesh):
    loaded = mesh()
    vouch(loaded, {}, SystemClock())
    assert folders(loaded) == ["accounts", "backbone", "operator"]
    now = dt.datetime.now(dt.UTC).timestamp()
    for name in folders(loaded):
        assert read_folder(loaded.folder / "tls" / name, identity=f"spiffe://tests/{name}", now=now)


def test_a_mesh_without_tls_gets_none(mesh):
    loaded = mesh("none")
    vouch(loaded, {}, SystemClock())
    assert not (loaded.folder / "tls").exists()


def test_the_environment_may_turn_tls_on(mesh):
    loaded = mesh("none")
    vouch(loaded, {"TRUNKLINE_TLS__MODE": "mutual"}, SystemClock())
    assert folders(loaded) == ["accounts", "backbone", "operator"]


def test_a_component_with_a_folder_of_its_own_gets_none(mesh, tmp_path):
    own = Vouching("tests").proof("reports").write(tmp_path / "own")
    loaded = mesh(text=f"  reports: {{run: 'a:b', settings: {{tls: {{folder: '{own}'}}}}}}\n")
    vouch(loaded, {}, SystemClock())
    assert "reports" not in folders(loaded)


def test_nothing_starts_where_a_folder_of_its_own_is_no_good(mesh, tmp_path):
    loaded = mesh(text=f"  reports: {{run: 'a:b', settings: {{tls: {{folder: '{tmp_path / 'nowhere'}'}}}}}}\n")
    with pytest.raises(StartError, match=r"tls: no file .*nowhere/tls.crt.*; nothing was started"):
        vouch(loaded, {}, SystemClock())


def test_nothing_starts_where_the_authority_is_no_good(mesh):
    loaded = mesh()
    vouch(loaded, {}, SystemClock())
    (loaded.folder / "tls" / "ca.key").write_text("broken")
    with pytest.raises(StartError, match=r"tls: .*ca.key holds no private key"):
        vouch(loaded, {}, SystemClock())


def test_what_is_due_is_renewed(mesh):
    loaded, clock = mesh(), ManualClock(dt.datetime.now(dt.UTC).timestamp())
    vouch(loaded, {}, clock)
    path = loaded.folder / "tls" / "accounts" / "tls.crt"
    before = path.read_bytes()
    clock.advance(61 * 86_400)
    vouch(loaded, {}, clock)
    assert path.read_bytes() != before


def test_nothing_starts_that_would_send_plaintext_beyond_this_machine(mesh, tmp_path):
    path = tmp_path / "trunkline.yaml"
    path.write_text(MESH.format(mode="none").replace("127.0.0.1:7401", "accounts:7401"))
    with pytest.raises(ConfigError, match="no plaintext beyond this machine"):
        parts_of(load_mesh_file(path), trunkline_command, {})
