"""Proves the simplest messages valid without the validator.

Most requests name what they are about by a UUID or a short text and have no other rule. For them the validator's
engine, which is cold in every call, is the dearest part of the chain. So a message whose rules are all of these few
kinds is looked at here first. A proof only ever accepts; whatever it cannot prove, the validator judges.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.descriptor import Descriptor, FieldDescriptor

    Proof = Callable[[Any], bool]

_uuid = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_TEXT_RULES = frozenset({"uuid", "min_len", "max_len"})
_NO_LIMIT = 1 << 62


def proof_of(descriptor: Descriptor) -> Proof | None:
    """Return what is True only for messages of the type that break no rule; None where some rule is of another kind."""
    from buf.validate import validate_pb2

    options = descriptor.GetOptions()
    if options.HasExtension(validate_pb2.message) or any(one.GetOptions().ListFields() for one in descriptor.oneofs):
        return None
    proofs: list[Proof] = []
    for field in descriptor.fields:
        rules = field.GetOptions().Extensions[validate_pb2.field]
        if not rules.ListFields():
            if field.message_type is not None:
                return None
            continue
        proof = _text_proof(field, rules)
        if proof is None:
            return None
        proofs.append(proof)
    return _all(proofs)


def _text_proof(field: FieldDescriptor, rules: Any) -> Proof | None:
    said = {one.name for one, _ in rules.ListFields()}
    kinds = {one.name for one, _ in rules.string.ListFields()}
    if said != {"string"} or field.is_repeated or not kinds <= _TEXT_RULES:
        return None
    name, uuid = field.name, rules.string.uuid
    least, most = rules.string.min_len, rules.string.max_len if "max_len" in kinds else _NO_LIMIT

    def holds(message: Any) -> bool:
        text = getattr(message, name)
        return least <= len(text) <= most and (not uuid or _uuid(text) is not None)

    return holds


def _all(proofs: list[Proof]) -> Proof:
    if len(proofs) == 1:
        return proofs[0]
    return lambda message: all(proof(message) for proof in proofs)
