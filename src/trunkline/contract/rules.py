"""Whether the `buf.validate` rules of messages compile. Those that do not would fail every call with INTERNAL."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from trunkline.contract.violation import Fault
from trunkline.contract.walk import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from google.protobuf.descriptor_pool import DescriptorPool

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
    known = {file.name: file for file in (*imports, *judged)}
    pool = descriptor_pool.DescriptorPool()
    built: set[str] = set()
    validator = protovalidate.Validator()
    for file in judged:
        try:
            _build(file.name, known, pool, built)
        except (LookupError, TypeError) as error:
            problem = f"its validation rules cannot be read: {_line(error)}"
            yield Judged(file.name, file.package, (), Fault((), problem, "give it together with all that it imports"))
            continue
        for name, path, _ in messages(file):
            empty = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()
            try:
                # Types within are compiled only where they are set: each message of ours is judged by itself.
                validator.collect_violations(empty)
            except protovalidate.CompilationError as error:
                problem = f"its validation rules do not compile: {_line(error)}"
                yield Judged(file.name, name, path, Fault((), problem, "mend the rule: every call would fail by it"))
            except protovalidate.EvaluationError:
                continue  # it compiled: what it makes of a message is the contract's own business


def _build(name: str, known: Mapping[str, FileDescriptorProto], pool: DescriptorPool, built: set[str]) -> None:
    if name in built:
        return
    file = known.get(name) or _imported(name)
    for dependency in file.dependency:
        _build(dependency, known, pool, built)
    pool.AddSerializedFile(file.SerializeToString())
    built.add(name)


def _imported(name: str) -> FileDescriptorProto:
    try:
        return FileDescriptorProto.FromString(descriptor_pool.Default().FindFileByName(name).serialized_pb)
    except KeyError:
        raise LookupError(f"{name} is not here") from None


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
