"""Refuses messages that break the `buf.validate` rules of their contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.errors import FieldViolation, Internal, InvalidArgument
from trunkline.interceptors.proof import proof_of
from trunkline.runtime.chain import Interceptor
from trunkline.telemetry.hidden import hidden_values, without_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.descriptor import Descriptor

    from trunkline.call import Call, Method, Side


class Validation(Interceptor):
    """Checks every request message; is not composed where the request type carries no rules."""

    def __init__(self) -> None:
        import protovalidate

        self._validator = protovalidate.Validator()

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Leave out methods without rules; spare simple requests the validator."""
        descriptor = method.request_type.DESCRIPTOR
        if not has_rules(descriptor):
            return None
        proof = proof_of(descriptor)
        return self if proof is None else _Proved(self, proof)

    def message(self, call: Call, message: Any) -> None:  # noqa: ARG002 - part of the interface
        """Raise InvalidArgument with every field that is wrong."""
        violations = violations_of(self._validator, message)
        if violations:
            raise InvalidArgument("INVALID_REQUEST", _sentence(violations), violations=violations)


class _Proved(Interceptor):
    def __init__(self, validation: Validation, proof: Callable[[Any], bool]) -> None:
        self._judge = validation.message
        self._proof = proof

    def message(self, call: Call, message: Any) -> None:
        if not self._proof(message):
            self._judge(call, message)


class ResponseValidation(Interceptor):
    """Checks every response message. For development: a fault found here is the server's own."""

    def __init__(self) -> None:
        import protovalidate

        self._validator = protovalidate.Validator()

    def bind(self, method: Method, side: Side) -> Interceptor | None:  # noqa: ARG002 - part of the interface
        """Leave out methods without rules."""
        return self if has_rules(method.response_type.DESCRIPTOR) else None

    def response(self, call: Call, message: Any) -> None:
        """Raise Internal with every field that is wrong."""
        violations = violations_of(self._validator, message)
        if violations:
            text = f"{call.method.full_name} answered against its contract: {_sentence(violations)}"
            raise Internal("INVALID_RESPONSE", text, violations=violations)


def violations_of(validator: Any, message: Any) -> list[FieldViolation]:
    """Return every rule that `message` breaks."""
    found = validator.collect_violations(message)
    return [FieldViolation(_path(one, message), _description(one, message)) for one in found]


def has_rules(descriptor: Descriptor) -> bool:
    """Whether the message type, or any type within it, carries `buf.validate` rules."""
    from buf.validate import validate_pb2

    seen: set[str] = set()
    waiting = [descriptor]
    while waiting:
        current = waiting.pop()
        if current.full_name in seen:
            continue
        seen.add(current.full_name)
        if current.GetOptions().HasExtension(validate_pb2.message):
            return True
        for field in current.fields:
            if field.GetOptions().HasExtension(validate_pb2.field):
                return True
            if field.message_type is not None:
                waiting.append(field.message_type)
        if any(oneof.GetOptions().HasExtension(validate_pb2.oneof) for oneof in current.oneofs):
            return True
    return False


def _description(violation: Any, message: Any) -> str:
    said = violation.proto.message or violation.proto.rule_id
    rule = violation.proto.rule
    # A rule in CEL may build its sentence from the message; those of the library never do.
    custom = rule is None or rule.elements[0].field_name in {"cel", "cel_expression"}
    return without_values(said, hidden_values(message)) if custom else str(said)


def _path(violation: Any, message: Any) -> str:
    if violation.proto.field is None:
        return ""
    return ".".join(
        element.field_name if element.subscript is None else f"{element.field_name}[{_subscript(element, message)}]"
        for element in violation.proto.field.elements
    )


def _subscript(element: Any, message: Any) -> str:
    key = element.subscript.value
    return without_values(key, hidden_values(message)) if isinstance(key, str) else str(key)


def _sentence(violations: list[FieldViolation]) -> str:
    return "; ".join(f"{one.field}: {one.description}" if one.field else one.description for one in violations)
