"""Who may import whom, on a small house of our own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"

RULES = """[importlinter]
root_packages =
    house
include_external_packages = True
contract_types =
    rooms: tools.rooms.Rooms

[importlinter:contract:kitchen]
name = The kitchen
type = rooms
modules =
    house.kitchen.**
    house.pantry.**
but =
    house.kitchen.door
may_import =
    house.*.water
    house.api.**
"""


def lint(folder: Path, module: str, text: str) -> subprocess.CompletedProcess[str]:
    """Build the house with `text` in one module, and look at who imports whom."""
    (folder / ".importlinter").write_text(RULES)
    (folder / "tools").mkdir()
    shutil.copy(TOOLS / "rooms.py", folder / "tools")
    for name in ("house", "house.kitchen", "house.cellar", "house.hall"):
        home = folder / name.replace(".", "/")
        home.mkdir()
        (home / "__init__.py").touch()
    for name in ("kitchen/stove", "kitchen/door", "cellar/water", "cellar/wine", "api/plan_pb2"):
        path = folder / "house" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (folder / f"{module.replace('.', '/')}.py").write_text(text)
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "text",
    [
        "import json\n",
        "from house.kitchen import stove\n",
        "from house.cellar import water\n",
        "from house.api.plan_pb2 import Plan\n",
    ],
    ids=["standard library", "own room", "by pattern", "generated code"],
)
def test_what_a_room_may_import_passes(tmp_path, text: str):
    done = lint(tmp_path, "house.pantry", text)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        ("from house.cellar import wine\n", "house.cellar.wine"),
        ("def f():\n    import grpc\n", "grpc"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.hall\n", "house.hall"),
        ("import house\n", "house"),
        ("from house.kitchen import door\n", "house.kitchen.door"),
    ],
    ids=["another room", "a package of others", "for types", "the root", "left out of the room"],
)
def test_anything_else_is_told_with_module_and_line(tmp_path, text: str, imported: str):
    done = lint(tmp_path, "house.kitchen.stove", text)
    assert done.returncode == 1
    assert f"house.kitchen.stove:{len(text.splitlines())} imports {imported}\n" in done.stdout
