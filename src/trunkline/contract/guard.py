"""What decides on the calls of a method: its access with the rule compiled, and the places where that is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format, message_factory

from trunkline.access.rule import RuleError, compile_rule
from trunkline.contract.find import find
from trunkline.contract.pool import Building
from trunkline.contract.setting import settings_of
from trunkline.contract.walk import methods
from trunkline.descriptors import policy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodDescriptorProto

    from trunkline.access.rule import Rule
    from trunkline.policy import AccessPolicy


@dataclass(frozen=True, slots=True)
class Guard:
    """What guards `method`, which takes `request`. `rule` is that of `access`, None where it has none."""

    method: str
    request: Descriptor
    access: AccessPolicy | None
    rule: Rule | None

    def read(self, text: str) -> Any:
        """Return the request that `text` is in JSON. Raises ValueError where it is none."""
        message = message_factory.GetMessageClass(self.request)()
        try:
            return json_format.Parse(text, message, descriptor_pool=self.request.file.pool)
        except json_format.ParseError as error:
            raise ValueError(f"no {self.request.full_name}: {error}") from None


def guard_of(
    files: Sequence[FileDescriptorProto], shown: Mapping[str, str], asked: str
) -> tuple[Guard, dict[str, str]]:
    """Return what guards the method `asked`, and the place of each part of its access, such as `scopes`.

    Raises LookupError where no method, or more than one, is called so, ValueError where its rule does not compile.
    """
    found = find(files, shown, asked)
    said = (setting for setting in settings_of(found) if setting.name.startswith("access"))
    places = {setting.name.removeprefix("access."): setting.origin for setting in said}
    return _guard(Building(files), found.source.file.name, found.name, found.method), places


def guards(files: Sequence[FileDescriptorProto], services: Collection[str]) -> Iterator[Guard]:
    """Yield what guards each method of `services`, in the order of the contracts. Raises as `guard_of` does."""
    building = Building(files)
    for file in files:
        for name, _, method in methods(file):
            if name.partition("/")[0] in services:
                yield _guard(building, file.name, name, method)


def _guard(building: Building, file: str, name: str, method: MethodDescriptorProto) -> Guard:
    building.add(file)
    request = building.pool.FindMessageTypeByName(method.input_type.lstrip("."))
    access = policy_of(method.options).access
    try:
        rule = compile_rule(access.rule, request) if access is not None and access.rule else None
    except RuleError as error:
        raise ValueError(f"{name}: {error}") from None
    return Guard(name, request, access, rule)
