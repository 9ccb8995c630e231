"""Finding contracts: from a buf workspace, from a file of descriptors, or from what can be imported here."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from trunkline.contract.misspelt import explained
from trunkline.contract.pool import with_imports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import ModuleType

    from google.protobuf.descriptor import FileDescriptor
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

WORKSPACE = "buf.yaml"
MAKE = "buf build -o contracts.binpb --as-file-descriptor-set"
USUAL_PACKAGES = ("campus.api", "trunkline.api")


class Unreadable(Exception):
    """Contracts that cannot be read, with the reason in plain words."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """Contracts with all they import. `shown` maps a file's name to its path on disk; `asked` are those looked for."""

    files: Sequence[FileDescriptorProto]
    asked: Sequence[FileDescriptorProto]
    shown: Mapping[str, str] = field(default_factory=dict)


def buf_program() -> str | None:
    """Return where buf is: beside this Python, else on PATH; None where it is not installed."""
    beside = Path(sys.executable).with_name("buf")
    return str(beside) if beside.is_file() else shutil.which("buf")


def require(paths: Iterable[Path]) -> None:
    """Raise Unreadable where one of the paths to be checked is not there, or is a folder without a contract."""
    for path in paths:
        if not path.exists():
            raise Unreadable(f"{path}: no such file or folder")
        if path.is_dir() and next(path.rglob("*.proto"), None) is None:
            raise Unreadable(f"{path}: no contract in it; name a .proto file or a folder that has some")


def from_workspace(folder: Path, paths: Iterable[Path] = ()) -> Contracts:
    """Build the contracts of a buf workspace, or only those under `paths`, with lines.

    Raises Unreadable where buf is missing or does not understand them; the message is then buf's own, with the nearest
    name where an option is misspelt.
    """
    # Files, since buf refuses the root of a module here.
    files_of = (sorted(path.rglob("*.proto")) if path.is_dir() else [path] for path in paths)
    narrowed = [argument for found in files_of for path in found for argument in ("--path", str(path))]
    built = _buf("build", str(folder), "-o", "-", "--as-file-descriptor-set", *narrowed)
    listed = _buf("ls-files", str(folder), "--format", "json", "--include-imports", *narrowed)
    entries = [json.loads(line) for line in listed.splitlines()]
    own = {entry["import_path"] for entry in entries if not entry["is_import"]}
    files = list(FileDescriptorSet.FromString(built).file)
    shown = {entry["import_path"]: entry["path"] for entry in entries}
    return Contracts(files, [file for file in files if file.name in own], shown)


def from_descriptors(path: Path) -> Contracts:
    """Read a serialized FileDescriptorSet. Raises Unreadable where it is none, OSError where it cannot be opened."""
    try:
        files = list(FileDescriptorSet.FromString(path.read_bytes()).file)
    except DecodeError:
        files = []
    if not files:
        raise Unreadable(f"{path}: not a serialized FileDescriptorSet; make one with: {MAKE}")
    return Contracts(files, files)


def from_modules(names: Sequence[str] = ()) -> Contracts:
    """Import generated modules, or every one under the packages named, and take the contracts they carry.

    Without names: every generated module under the usual packages, as far as they are installed.
    Raises Unreadable where a name cannot be imported or holds no contract.
    """
    found = [_descriptors(name) for name in names] or [_descriptors(name) for name in USUAL_PACKAGES if _there(name)]
    if not found:
        raise Unreadable(f"no contracts here: no {WORKSPACE}, and neither of {', '.join(USUAL_PACKAGES)} is installed")
    own = {descriptor.name: descriptor for group in found for descriptor in group}
    files = with_imports(own.values())
    return Contracts(files, [file for file in files if file.name in own])


def _buf(*arguments: str) -> bytes:
    program = buf_program()
    if program is None:
        raise Unreadable("buf is not installed: pip install buf-bin")
    done = subprocess.run([program, *arguments], capture_output=True, check=False)  # noqa: S603  a fixed program
    if done.returncode:
        said = done.stderr.decode().strip()
        raise Unreadable("\n".join(map(explained, said.splitlines())) or f"buf {arguments[0]} failed")
    return done.stdout


def _descriptors(name: str) -> list[FileDescriptor]:
    module = _import(name)
    inside = [_import(inner) for inner in _generated(module)] if hasattr(module, "__path__") else [module]
    found = [inner.DESCRIPTOR for inner in inside if hasattr(inner, "DESCRIPTOR")]
    if not found:
        raise Unreadable(f"{name}: no contract in it; name a generated module, such as my.api.v1.orders_pb2")
    return found


def _generated(package: ModuleType) -> list[str]:
    # Generated packages have no __init__.py, so pkgutil does not see into them: the folders are read instead.
    roots = [Path(root) for root in package.__path__]
    found = {path.relative_to(root).with_suffix("") for root in roots for path in root.rglob("*_pb2.py")}
    return sorted(".".join((package.__name__, *path.parts)) for path in found)


def _there(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return False
    return True


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unreadable(f"{name}: {error}") from None
