"""Rules about topics: a topic names itself, and its key names a field."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from trunkline.api.policy.v1 import policy_pb2
from trunkline.contract.unknown import unknown_faults
from trunkline.contract.violation import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+")
TOPIC = (DescriptorProto.OPTIONS_FIELD_NUMBER, policy_pb2.topic.number)

_MESSAGES = frozenset({FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.TYPE_GROUP})


def topic_of(message: DescriptorProto) -> str:
    """Return the name of the topic whose payload `message` is; empty where it is none."""
    return message.options.Extensions[policy_pb2.topic].name if message.options.HasExtension(policy_pb2.topic) else ""


def topic_faults(message: DescriptorProto) -> Iterator[Fault]:
    """Judge the topic of one message. Paths lead on from its descriptor."""
    if not message.options.HasExtension(policy_pb2.topic):
        return
    topic = message.options.Extensions[policy_pb2.topic]
    if not topic.name:
        yield Fault(TOPIC, "the topic has no name", 'add `name: "..."`, such as `orders.placed`')
    elif not NAME.fullmatch(topic.name):
        path = (*TOPIC, policy_pb2.Topic.NAME_FIELD_NUMBER)
        mend = "write lower-case words joined by dots, such as `orders.placed`"
        yield Fault(path, f"{topic.name!r} is not the name of a topic", mend)
    if topic.key:
        yield from _key_faults(message, topic.key)
    for fault in unknown_faults(topic):
        yield fault._replace(path=(*TOPIC, *fault.path))


def _key_faults(message: DescriptorProto, key: str) -> Iterator[Fault]:
    path = (*TOPIC, policy_pb2.Topic.KEY_FIELD_NUMBER)
    field = next((field for field in message.field if field.name == key), None)
    if field is None:
        yield Fault(path, f"the topic's key names no field: {key!r}", _instead(message, key))
    elif field.label == FieldDescriptorProto.LABEL_REPEATED:
        yield Fault(path, f"the topic's key {key!r} is repeated", "name a field with one value")
    elif field.type in _MESSAGES:
        yield Fault(path, f"the topic's key {key!r} is a message", "name a scalar field")


def _instead(message: DescriptorProto, key: str) -> str:
    names = [field.name for field in message.field]
    if not names:
        return f"take `key` away: {message.name} has no fields"
    nearest = difflib.get_close_matches(key, names, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"{message.name} has: {', '.join(names)}"
