"""What is shipped: its dependencies, its generated code, and that every module has a room in the house."""

import configparser
import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = [*PROJECT["dependencies"], *(one for extra in PROJECT["optional-dependencies"].values() for one in extra)]

# They bring files of OpenTelemetry of their own, older ones, under the same names.
FORBIDDEN = {"xds-protos", "grpcio-admin", "grpcio-csds"}

GENERATED = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    for pattern in ("*_pb2.py", "*_pb2_grpc.py")
    for path in SOURCE.rglob(pattern)
)
# The public face loads everything by need, and is nobody's room.
FACE = {"trunkline", "trunkline.__main__"}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def said(dependency: str) -> str:
    """The one version a requirement names as its floor or its pin."""
    [requirement] = [one for one in DECLARED if re.match(rf"{re.escape(dependency)}[^a-z-]", one)]
    return re.search(r"[>=]=([\d.]+)", requirement)[1]


def versions(pattern: str, names: str) -> set[str]:
    return {re.search(pattern, path.read_text())[1] for path in SOURCE.rglob(names)}


def modules() -> list[str]:
    """Every module written by hand, by its full name."""
    found = []
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        if "api" not in parts[:2] and parts[0] in {"trunkline", "campus"}:
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(set(found) - FACE)


def test_nothing_that_overwrites_the_files_of_opentelemetry_is_installed():
    assert FORBIDDEN & {plain(one.name) for one in distributions()} == set()


def test_nothing_that_overwrites_the_files_of_opentelemetry_is_asked_for():
    assert FORBIDDEN & {plain(re.match(r"[\w.-]+", one)[0]) for one in DECLARED} == set()


def test_the_floor_of_protobuf_is_what_the_generated_code_was_made_with():
    assert versions(r"Protobuf Python Version: ([\d.]+)", "*_pb2.py") == {said("protobuf")}


def test_the_floor_of_grpc_is_what_the_generated_code_was_made_with():
    assert versions(r"GRPC_GENERATED_VERSION = '([\d.]+)'", "*_pb2_grpc.py") == {said("grpcio")}


@pytest.mark.parametrize("companion", ["grpcio-tools", "grpcio-health-checking", "grpcio-reflection", "grpcio-status"])
def test_the_companions_of_grpc_keep_step_with_it(companion: str):
    assert said(companion) == said("grpcio")


def test_generated_code_imports_on_its_own_from_a_fresh_process():
    program = f"import importlib; [importlib.import_module(name) for name in {GENERATED}]"
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_generated_module_has_its_types_beside_it():
    missing = [name for name in GENERATED if not (SOURCE / f"{name.replace('.', '/')}.pyi").is_file()]
    assert missing == []


@pytest.mark.parametrize("package", ["trunkline", "campus"])
def test_a_package_says_that_it_is_typed(package: str):
    assert (SOURCE / package / "py.typed").is_file()


def test_generated_code_stands_without_init_files_so_that_others_can_share_its_packages():
    generated = {SOURCE / name.replace(".", "/") for name in GENERATED}
    assert [str(path) for path in sorted({one.parent for one in generated}) if (path / "__init__.py").exists()] == []


def test_every_module_has_a_room_that_says_what_it_may_import():
    spec = importlib.util.spec_from_file_location("rooms", ROOT / "tools" / "rooms.py")
    rooms = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rooms)
    rules = configparser.ConfigParser()
    rules.read(ROOT / ".importlinter")
    patterns = [word for name in rules.sections() for word in rules.get(name, "modules", fallback="").split()]
    assert [module for module in modules() if not rooms.matches(module, patterns)] == []
