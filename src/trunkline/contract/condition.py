"""Whether the access rules of methods are conditions on what is there. One that is not would let nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.access.rule import RuleError, compile_rule
from trunkline.api.policy.v1 import policy_pb2
from trunkline.contract.access import RULE
from trunkline.contract.method import POLICY
from trunkline.contract.pool import Building
from trunkline.contract.rules import Judged
from trunkline.contract.violation import Fault
from trunkline.contract.walk import methods

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.protobuf.descriptor_pb2 import FileDescriptorProto


def condition_faults(files: Iterable[FileDescriptorProto], imports: Iterable[FileDescriptorProto]) -> Iterator[Judged]:
    """Compile the access rule of every method of `files` that has one, against the type of its request.

    What they import is taken from `files`, from `imports`, or else from what this process has imported.
    """
    judged = list(files)
    building = Building((*imports, *judged))
    for file in judged:
        for name, path, method in methods(file):
            rule = method.options.Extensions[policy_pb2.method].access.rule
            if not rule:
                continue
            try:
                building.add(file.name)
                compile_rule(rule, building.pool.FindMessageTypeByName(method.input_type.lstrip(".")))
            except RuleError as error:
                yield Judged(file.name, name, (*path, *POLICY, *RULE), Fault((), error.problem, error.mend))
            except (LookupError, TypeError):
                continue  # what cannot be read is told once, with the validation rules
