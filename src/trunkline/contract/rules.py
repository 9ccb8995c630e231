"""Whether the `buf.validate` rules of messages compile. Those that do not would fail every call with INTERNAL."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from google.protobuf import message_factory

from trunkline.contract.pool import Building
from trunkline.contract.violation import Fault
from trunkline.contract.walk import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from trunkline.contract.source import Path


class Judged(NamedTuple):
    """A fault and whose it is: the message at `path`, or the whole file where that is empty."""

    file: str
    subject: str
    path: Path
    fault: Fault


def rule_faults(files: Iterable[FileDescriptorProto], imports: Iterable[FileDescriptorProto]) -> Iterator[Judged]:
    """Compile the rules of every message of `files`.

    What they import is taken from `files`, from `imports`, or else from what this process has imported.
    """
    import protovalidate

    judged = list(files)
    building = Building((*imports, *judged))
    validator = protovalidate.Validator()
    for file in judged:
        try:
            building.add(file.name)
        except (LookupError, TypeError) as error:
            problem = f"its validation rules cannot be read: {_line(error)}"
            yield Judged(file.name, file.package, (), Fault((), problem, "give it together with all that it imports"))
            continue
        for name, path, _ in messages(file):
            empty = message_factory.GetMessageClass(building.pool.FindMessageTypeByName(name))()
            try:
                # Types within are compiled only where they are set: each message of ours is judged by itself.
                validator.collect_violations(empty)
            except protovalidate.CompilationError as error:
                problem = f"its validation rules do not compile: {_line(error)}"
                yield Judged(file.name, name, path, Fault((), problem, "mend the rule: every call would fail by it"))
            except protovalidate.EvaluationError:
                continue  # it compiled: what it makes of a message is the contract's own business


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
