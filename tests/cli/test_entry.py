import pytest

from trunkline.cli.entry import load_entry
from trunkline.config import ConfigError


@pytest.fixture
def module(tmp_path, monkeypatch, request):
    """A module in the working directory, of a name no other test has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    name = f"component_{abs(hash(request.node.nodeid))}"

    def write(source: str) -> str:
        (tmp_path / f"{name}.py").write_text(source)
        return name

    return write


async def test_a_function_of_a_module_in_the_working_directory_is_found(module):
    name = module("async def main(mesh):\n    mesh.append(1)\n")
    seen: list[int] = []
    await load_entry(f"{name}:main")(seen)
    assert seen == [1]


@pytest.mark.parametrize("entry", ["x", "x:", ":main", ""])
def test_what_is_not_module_and_function_is_refused(entry: str):
    with pytest.raises(ConfigError, match="is not MODULE:FUNCTION"):
        load_entry(entry)


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match=r"^nowhere\.at\.all:main: no module named nowhere$"):
        load_entry("nowhere.at.all:main")
    with pytest.raises(ConfigError, match=r"^json\.nowhere:main: no module named json\.nowhere$"):
        load_entry("json.nowhere:main")


def test_a_function_that_is_not_there_is_named_with_the_nearest(module):
    name = module("async def main(mesh): ...\n")
    with pytest.raises(ConfigError, match=rf"^{name}:mian: {name} has no mian; did you mean 'main'\?$"):
        load_entry(f"{name}:mian")


def test_a_function_that_is_no_coroutine_is_refused(module):
    name = module("def main(mesh): ...\n")
    with pytest.raises(ConfigError, match="must be a coroutine function"):
        load_entry(f"{name}:main")


def test_a_fault_inside_the_module_keeps_its_traceback(module):
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        load_entry(module("import no_such_dependency\n") + ":main")
