"""All fields of a message, those of the messages inside it included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buf.validate import validate_pb2
from trunkline.contract.source import Source
from trunkline.contract.walk import FIELDS, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

    from trunkline.contract.source import Path


@dataclass(frozen=True, slots=True)
class Declared:
    """A message in its contract."""

    message: DescriptorProto
    source: Source
    path: Path

    @property
    def ruled(self) -> bool:
        """Whether the message has validation rules of its own, beside those of its fields."""
        inside = any(oneof.options.HasExtension(validate_pb2.oneof) for oneof in self.message.oneof_decl)
        return inside or self.message.options.HasExtension(validate_pb2.message)

    @property
    def place(self) -> str:
        """Where it stands, as `file:line`."""
        return self.source.place(self.path)


@dataclass(frozen=True, slots=True)
class Reached:
    """A field as seen from the outermost message: `name` is dotted. `owner` declares it."""

    name: str
    field: FieldDescriptorProto
    owner: Declared
    index: int

    @property
    def ruled(self) -> bool:
        """Whether the field has validation rules."""
        return bool(self.field.options.HasExtension(validate_pb2.field))

    @property
    def place(self) -> str:
        """Where it stands, as `file:line`."""
        return self.owner.source.place((*self.owner.path, FIELDS, self.index))


Part = Declared | Reached


def declared(files: Iterable[FileDescriptorProto], shown: Mapping[str, str]) -> dict[str, Declared]:
    """Return every message by its full name with a leading dot, as fields refer to it."""
    return {
        f".{name}": Declared(message, Source(file, shown.get(file.name, file.name)), path)
        for file in files
        for name, path, message in messages(file)
    }


def reach(types: Mapping[str, Declared], type_name: str) -> Iterator[Part]:
    """Yield the message `type_name`, its fields, and in place of each what is inside it. Each type is entered once."""
    yield from _reach(types, type_name, "", {type_name})


def _reach(types: Mapping[str, Declared], type_name: str, prefix: str, entered: set[str]) -> Iterator[Part]:
    owner = types.get(type_name)
    if owner is None:
        return
    yield owner
    for index, field in enumerate(owner.message.field):
        name = f"{prefix}{field.name}"
        yield Reached(name, field, owner, index)
        if field.type_name in types and field.type_name not in entered:
            entered.add(field.type_name)
            yield from _reach(types, field.type_name, f"{name}.", entered)
