"""One method with all that its contract says about it: the policies, the validation, the secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.call import Shape
from trunkline.contract.find import find
from trunkline.contract.reach import Declared, declared, reach
from trunkline.contract.setting import DEFAULT, NONE, Setting, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from google.protobuf.descriptor_pb2 import FileDescriptorProto


@dataclass(frozen=True, slots=True)
class Description:
    """A method, `package.Service/Method`, its message types by full name, and its settings."""

    method: str
    shape: Shape
    request: str
    response: str
    comment: str
    origin: str
    settings: Sequence[Setting]


def describe(
    files: Sequence[FileDescriptorProto], asked: str, *, shown: Mapping[str, str] | None = None
) -> Description:
    """Describe the method that `asked` names in full, or by an end of its name that no other shares.

    `shown` maps the name of a file within its module to the path people know it by. Raises LookupError where no
    method, or more than one, is called so.
    """
    names = shown or {}
    found = find(files, names, asked)
    method = found.method
    types = declared(files, names)
    sides = {"request": method.input_type, "response": method.output_type}
    return Description(
        method=found.name,
        shape=Shape((method.client_streaming, method.server_streaming)),
        request=method.input_type.lstrip("."),
        response=method.output_type.lstrip("."),
        comment=found.source.comment(found.path),
        origin=found.source.place(found.path),
        settings=[*settings_of(found), _validation(types, method.input_type), *_redacted(types, sides)],
    )


def _validation(types: Mapping[str, Declared], request: str) -> Setting:
    ruled = [part for part in reach(types, request) if part.ruled]
    if not ruled:
        return Setting("validation", [], NONE, DEFAULT)
    names = [part.message.name if isinstance(part, Declared) else part.name for part in ruled]
    return Setting("validation", names, f"rules on {', '.join(names)}", ruled[0].place)


def _redacted(types: Mapping[str, Declared], sides: Mapping[str, str]) -> Iterator[Setting]:
    found = False
    for side, type_name in sides.items():
        for part in reach(types, type_name):
            if not isinstance(part, Declared) and part.field.options.debug_redact:
                found = True
                name = f"{side}.{part.name}"
                yield Setting("redacted", name, name, part.place)
    if not found:
        yield Setting("redacted", None, NONE, DEFAULT)
