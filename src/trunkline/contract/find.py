"""Finding one method among contracts by as much of its name as tells it apart."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.contract.source import Source
from trunkline.contract.walk import methods

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodDescriptorProto

    from trunkline.contract.source import Path


@dataclass(frozen=True, slots=True)
class Found:
    """A method in its contract. `name` is `package.Service/Method`."""

    name: str
    method: MethodDescriptorProto
    source: Source
    path: Path


def find(files: Iterable[FileDescriptorProto], shown: Mapping[str, str], asked: str) -> Found:
    """Return the method `asked` names: all of `package.Service/Method`, or an end of it such as `Service/Method`.

    Raises LookupError, which names the nearest methods, where none or several end so.
    """
    known = {
        name: Found(name, method, Source(file, shown.get(file.name, file.name)), path)
        for file in files
        for name, path, method in methods(file)
    }
    wanted = asked.lstrip("/")
    fitting = [wanted] if wanted in known else sorted(name for name in known if _ends(name, wanted))
    if len(fitting) == 1:
        return known[fitting[0]]
    if fitting:
        raise LookupError(f"{asked}: {len(fitting)} methods are called so; say which:{_listed(fitting)}")
    nearest = _nearest(wanted, list(known))
    raise LookupError(f"{asked}: no such method{'; the nearest:' + _listed(nearest) if nearest else ''}")


def _ends(name: str, end: str) -> bool:
    return name.endswith(("/" + end, "." + end))


def _nearest(wanted: str, known: list[str]) -> list[str]:
    # Names are compared from as far back as the wanted one starts, so that a long package hides no likeness.
    depth = wanted.count(".") + wanted.count("/") + 1
    tails = {name: ".".join(name.replace("/", ".").split(".")[-depth:]).lower() for name in known}
    close = difflib.get_close_matches(wanted.replace("/", ".").lower(), set(tails.values()), n=3)
    return [name for tail in close for name in sorted(known) if tails[name] == tail][:3]


def _listed(names: list[str]) -> str:
    return "".join(f"\n  {name}" for name in names)
