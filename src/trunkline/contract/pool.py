"""Contracts out of the descriptors that imported modules carry. They have no lines: those stay with the compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorProto

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.descriptor import FileDescriptor
    from google.protobuf.descriptor_pool import DescriptorPool


def with_imports(descriptors: Iterable[FileDescriptor]) -> list[FileDescriptorProto]:
    """Return each file once, with all it imports, what is imported first."""
    found: dict[str, FileDescriptorProto] = {}
    for descriptor in descriptors:
        _add(descriptor, found)
    return list(found.values())


class Building:
    """A pool that contracts are added to, each with what it imports.

    What a contract imports is taken from those given, or else from what this process has imported.
    """

    def __init__(self, given: Iterable[FileDescriptorProto]) -> None:
        self.pool: DescriptorPool = descriptor_pool.DescriptorPool()
        self._given = {file.name: file for file in given}
        self._built: set[str] = set()

    def add(self, name: str) -> None:
        """Add the contract `name`. Raises LookupError where an import is not here, TypeError where it is wrong."""
        if name in self._built:
            return
        file = self._given.get(name) or _imported(name)
        for dependency in file.dependency:
            self.add(dependency)
        self.pool.AddSerializedFile(file.SerializeToString())
        self._built.add(name)


def _imported(name: str) -> FileDescriptorProto:
    try:
        return FileDescriptorProto.FromString(descriptor_pool.Default().FindFileByName(name).serialized_pb)
    except KeyError:
        raise LookupError(f"{name} is not here") from None


def _add(descriptor: FileDescriptor, found: dict[str, FileDescriptorProto]) -> None:
    if descriptor.name in found:
        return
    for imported in descriptor.dependencies:
        _add(imported, found)
    found[descriptor.name] = FileDescriptorProto.FromString(descriptor.serialized_pb)
