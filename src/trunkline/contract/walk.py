"""The parts of a contract that can carry options, each with its full name and its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    from trunkline.contract.source import Path

SERVICES = FileDescriptorProto.SERVICE_FIELD_NUMBER
METHODS = ServiceDescriptorProto.METHOD_FIELD_NUMBER
METHOD_OPTIONS = MethodDescriptorProto.OPTIONS_FIELD_NUMBER
FIELDS = DescriptorProto.FIELD_FIELD_NUMBER


def methods(file: FileDescriptorProto) -> Iterator[tuple[str, Path, MethodDescriptorProto]]:
    """Every method, as `package.Service/Method`."""
    for s, service in enumerate(file.service):
        for m, method in enumerate(service.method):
            yield f"{_join(file.package, service.name)}/{method.name}", (SERVICES, s, METHODS, m), method


def messages(file: FileDescriptorProto) -> Iterator[tuple[str, Path, DescriptorProto]]:
    """Every message, the nested ones included, as `package.Outer.Inner`. The entries of maps are left out."""
    yield from _nested(file.package, (FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER,), file.message_type)


def fields(file: FileDescriptorProto) -> Iterator[tuple[str, Path, FieldDescriptorProto]]:
    """Every field of every message, and every extension, as `package.Message.field`."""
    for e, extension in enumerate(file.extension):
        yield _join(file.package, extension.name), (FileDescriptorProto.EXTENSION_FIELD_NUMBER, e), extension
    for name, path, message in messages(file):
        for f, field in enumerate(message.field):
            yield f"{name}.{field.name}", (*path, FIELDS, f), field
        for e, extension in enumerate(message.extension):
            yield f"{name}.{extension.name}", (*path, DescriptorProto.EXTENSION_FIELD_NUMBER, e), extension


def _nested(scope: str, path: Path, siblings: Iterable[DescriptorProto]) -> Iterator[tuple[str, Path, DescriptorProto]]:
    for index, message in enumerate(siblings):
        if message.options.map_entry:
            continue
        name, here = _join(scope, message.name), (*path, index)
        yield name, here, message
        yield from _nested(name, (*here, DescriptorProto.NESTED_TYPE_FIELD_NUMBER), message.nested_type)


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
