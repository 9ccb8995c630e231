"""Contracts out of the descriptors that imported modules carry. They have no lines: those stay with the compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.descriptor import FileDescriptor


def with_imports(descriptors: Iterable[FileDescriptor]) -> list[FileDescriptorProto]:
    """Return each file once, with all it imports, what is imported first."""
    found: dict[str, FileDescriptorProto] = {}
    for descriptor in descriptors:
        _add(descriptor, found)
    return list(found.values())


def _add(descriptor: FileDescriptor, found: dict[str, FileDescriptorProto]) -> None:
    if descriptor.name in found:
        return
    for imported in descriptor.dependencies:
        _add(imported, found)
    found[descriptor.name] = FileDescriptorProto.FromString(descriptor.serialized_pb)
