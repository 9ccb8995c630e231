"""What must not be read by whoever reads the logs."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format, symbol_database
from google.protobuf.message import DecodeError, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.any_pb2 import Any as AnyMessage
    from google.protobuf.descriptor import Descriptor, FieldDescriptor

MASK = "***"

_SECRET_NAMES = frozenset(
    {
        "authorization",
        "proxy_authorization",
        "cookie",
        "set_cookie",
        "token",
        "access_token",
        "refresh_token",
        "id_token",
        "secret",
        "client_secret",
        "password",
        "api_key",
        "private_key",
    }
)
_BEARER = re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{8,}")
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")


def masked(message: Message) -> dict[str, Any]:
    """Return the fields of a message that are set, with `***` for those its contract marks `debug_redact`.

    Bytes are told by their length. A message packed in an `Any` is masked too where its type is known, else told by
    its type and length.
    """
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Any":
        return _unpacked(message)  # type: ignore[arg-type]
    hidden = _hidden(message.DESCRIPTOR)
    return {
        field.name: MASK if field.number in hidden else _field(field, value) for field, value in message.ListFields()
    }


def without_secrets(value: Any) -> Any:
    """Return a logged value with tokens, and whatever bears a secret's name, masked; containers are copied."""
    if isinstance(value, str):
        return text_without_tokens(value)
    if isinstance(value, Message):
        return masked(value)
    if isinstance(value, dict):
        return mapping_without_secrets(value)
    if isinstance(value, list | tuple):
        # A pair of two strings may be one entry of metadata.
        if len(value) == 2 and isinstance(value[0], str) and is_secret(value[0]):
            return [value[0], MASK]
        return [without_secrets(one) for one in value]
    return value


def mapping_without_secrets(values: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return `values` with the secrets among them masked."""
    return {
        key: MASK if isinstance(key, str) and is_secret(key) else without_secrets(value)
        for key, value in values.items()
    }


def is_secret(name: str) -> bool:
    """Whether what is called `name` is never shown."""
    return name.lower().replace("-", "_") in _SECRET_NAMES


def text_without_tokens(text: str) -> str:
    """Return `text` with bearer tokens and JWTs masked."""
    return _JWT.sub(MASK, _BEARER.sub(rf"\1 {MASK}", text))


@cache
def _hidden(descriptor: Descriptor) -> frozenset[int]:
    return frozenset(field.number for field in descriptor.fields if field.GetOptions().debug_redact)


def _field(field: FieldDescriptor, value: Any) -> Any:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        entry = kind.fields_by_name["value"]
        if entry.number in _hidden(kind):
            return MASK
        return {key: _single(entry, value[key]) for key in value}
    if field.is_repeated:
        return [_single(field, one) for one in value]
    return _single(field, value)


def _single(field: FieldDescriptor, value: Any) -> Any:
    if isinstance(value, Message):
        name = value.DESCRIPTOR.full_name
        if name.startswith("google.protobuf.") and name != "google.protobuf.Any":
            return json_format.MessageToDict(value)
        return masked(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known is not None else value
    return value


def _unpacked(packed: AnyMessage) -> dict[str, Any]:
    name = packed.TypeName()
    try:
        message = symbol_database.Default().GetSymbol(name)()
        message.ParseFromString(packed.value)
    except (KeyError, DecodeError):
        return {"@type": name, "value": f"<{len(packed.value)} bytes>"}
    return {"@type": name, **masked(message)}
