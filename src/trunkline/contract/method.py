"""All rules about one method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.api.policy.v1 import policy_pb2
from trunkline.contract.access import access_faults
from trunkline.contract.repetition import hedge_faults, retry_faults
from trunkline.contract.unknown import unknown_faults
from trunkline.contract.violation import Fault
from trunkline.contract.walk import METHOD_OPTIONS
from trunkline.descriptors import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor_pb2 import MethodDescriptorProto

POLICY = (METHOD_OPTIONS, policy_pb2.method.number)


def method_faults(method: MethodDescriptorProto) -> Iterator[Fault]:
    """Judge one method. Paths lead on from its descriptor."""
    said = method.options.Extensions[policy_pb2.method]
    found = [
        *access_faults(said),
        *_timeout_faults(said),
        *retry_faults(method, said),
        *hedge_faults(method, said),
        *unknown_faults(said),
    ]
    for fault in found:
        # A fault of the policy as a whole is told at the method's own line: the policy itself may not be there.
        yield fault._replace(path=(*POLICY, *fault.path)) if fault.path else fault


def _timeout_faults(said: policy_pb2.MethodOptions) -> Iterator[Fault]:
    if said.HasField("timeout") and (timeout := seconds(said.timeout, 0.0)) <= 0.0:
        path = (policy_pb2.MethodOptions.TIMEOUT_FIELD_NUMBER,)
        yield Fault(path, f"timeout is {timeout:g} s", "make it positive or leave it out (10 s)")
