"""The check as a whole: every rule, on every part of every contract of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.contract.condition import condition_faults
from trunkline.contract.merge import merge_faults
from trunkline.contract.method import method_faults
from trunkline.contract.pool import with_imports
from trunkline.contract.rules import rule_faults
from trunkline.contract.source import Source
from trunkline.contract.topic import TOPIC, topic_faults, topic_of
from trunkline.contract.violation import Fault, Violation
from trunkline.contract.walk import fields, messages, methods
from trunkline.descriptors import service_descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from trunkline.contract.source import Path

FOREIGN = frozenset({"google", "buf", "grpc"})


def check_files(
    files: Iterable[FileDescriptorProto],
    *,
    shown: Mapping[str, str] | None = None,
    imports: Iterable[FileDescriptorProto] = (),
) -> list[Violation]:
    """Judge contracts; an empty list means that all rules hold. Sorted by file and line.

    `shown` maps the name of a file within its module to the path people know it by. `imports` are not judged: they
    are what `files` may import, besides each other and the contracts this process has imported.
    """
    names = shown or {}
    sources = [Source(file, names.get(file.name, file.name)) for file in files if is_ours(file)]
    found = [violation for source in sources for violation in _violations(source)]
    return sorted([*found, *_taken_topics(sources), *_broken_rules(sources, imports)])


def check_services(names: Iterable[str]) -> list[Violation]:
    """Judge the imported contracts that declare these services, and all that they import."""
    declared, missing = [], []
    for name in names:
        if name.partition(".")[0] in FOREIGN:
            continue
        try:
            declared.append(service_descriptor(name).file)
        except LookupError:
            mend = "import the module generated from the contract that declares it"
            missing.append(Violation("", 0, name, "no imported contract declares this service", mend))
    return [*missing, *check_files(with_imports(declared))]


def is_ours(file: FileDescriptorProto) -> bool:
    """Whether the rules are meant for this contract."""
    return file.package.partition(".")[0] not in FOREIGN


def _violations(source: Source) -> Iterator[Violation]:
    for name, path, method in methods(source.file):
        yield from _placed(source, name, path, method_faults(method))
    for name, path, message in messages(source.file):
        yield from _placed(source, name, path, topic_faults(message))
    for name, path, field in fields(source.file):
        yield from _placed(source, name, path, merge_faults(field))


def _placed(source: Source, subject: str, path: Path, faults: Iterable[Fault]) -> Iterator[Violation]:
    for fault in faults:
        yield Violation(source.shown, source.line((*path, *fault.path)), subject, fault.problem, fault.mend)


def _taken_topics(sources: Iterable[Source]) -> Iterator[Violation]:
    owners: dict[str, str] = {}
    for source in sources:
        for name, path, message in messages(source.file):
            topic = topic_of(message)
            if not topic:
                continue
            owner = owners.setdefault(topic, f"{name} ({source.place((*path, *TOPIC))})")
            if owner.partition(" ")[0] != name:
                fault = Fault(TOPIC, f"the topic {topic!r} is taken by {owner}", "choose another name")
                yield from _placed(source, name, path, [fault])


def _broken_rules(sources: Iterable[Source], imports: Iterable[FileDescriptorProto]) -> Iterator[Violation]:
    owners = {source.file.name: source for source in sources}
    files, known = [source.file for source in owners.values()], list(imports)
    for file, subject, path, fault in (*rule_faults(files, known), *condition_faults(files, known)):
        yield from _placed(owners[file], subject, path, [fault])
