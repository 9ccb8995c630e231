"""Rules about merging: the rule of a field must fit the type of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from trunkline.api.policy.v1 import policy_pb2
from trunkline.contract.violation import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

MERGE = (FieldDescriptorProto.OPTIONS_FIELD_NUMBER, policy_pb2.merge.number)

_NOT_NUMBERS = frozenset(
    {
        FieldDescriptorProto.TYPE_BOOL,
        FieldDescriptorProto.TYPE_BYTES,
        FieldDescriptorProto.TYPE_ENUM,
        FieldDescriptorProto.TYPE_GROUP,
        FieldDescriptorProto.TYPE_MESSAGE,
        FieldDescriptorProto.TYPE_STRING,
    }
)
_MESSAGES = frozenset({FieldDescriptorProto.TYPE_GROUP, FieldDescriptorProto.TYPE_MESSAGE})
_OF_NUMBERS = frozenset({policy_pb2.MERGE_MAX, policy_pb2.MERGE_MIN, policy_pb2.MERGE_COUNTER})


def merge_faults(field: FieldDescriptorProto) -> Iterator[Fault]:
    """Judge the merge rule of one field. Paths lead on from its descriptor."""
    if not field.options.HasExtension(policy_pb2.merge):
        return
    rule = field.options.Extensions[policy_pb2.merge]
    if rule not in policy_pb2.Merge.values():
        yield Fault(MERGE, f"this version knows no merge rule {rule}", "update trunkline, or choose another rule")
        return
    wanted = _misfit(rule, field)
    if wanted:
        name = policy_pb2.Merge.Name(rule)
        yield Fault(
            MERGE, f"{name} does not fit: it is for {wanted}", "choose another rule, or change the field's type"
        )


def _misfit(rule: int, field: FieldDescriptorProto) -> str:
    """Return what `rule` is for where `field` is not that, else an empty text."""
    repeated = field.label == FieldDescriptorProto.LABEL_REPEATED
    if rule in _OF_NUMBERS and (repeated or field.type in _NOT_NUMBERS):
        return "single numbers"
    if rule == policy_pb2.MERGE_SET and (not repeated or field.type in _MESSAGES):
        return "repeated scalars"
    if rule == policy_pb2.MERGE_TEXT and (repeated or field.type != FieldDescriptorProto.TYPE_STRING):
        return "single strings"
    return ""
