import pytest

from trunkline.cli.place import component_that_runs
from trunkline.config import ConfigError, load_mesh_file

MESH = """\
mesh: tests
backbone: {address: "127.0.0.1:1"}
components:
  one: {run: "a:main"}
  two: {run: "b:main"}
  three: {run: "b:main"}
"""


@pytest.fixture
def mesh(tmp_path):
    path = tmp_path / "trunkline.yaml"
    path.write_text(MESH)
    return load_mesh_file(path)


def test_a_component_is_known_by_the_function_it_runs(mesh):
    assert component_that_runs(mesh, "a:main") == "one"


def test_where_none_or_several_run_it_the_component_must_be_said(mesh):
    with pytest.raises(ConfigError, match=r"2 components run b:main; say --component, of two, three$"):
        component_that_runs(mesh, "b:main")
    with pytest.raises(ConfigError, match=r"no components run c:main; say --component, of one, two, three$"):
        component_that_runs(mesh, "c:main")
