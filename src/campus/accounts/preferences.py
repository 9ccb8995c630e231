"""Preferences as text: JSON in one fixed form, so that equal objects are equal texts and numbers stay exact."""

from __future__ import annotations

import json
import math
from typing import TypeAlias

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

from trunkline import FieldViolation, InvalidArgument

Json: TypeAlias = "bool | float | str | list[Json] | dict[str, Json] | None"


def text_of(preferences: Struct) -> str:
    """Return the JSON text of `preferences`.

    Raises `InvalidArgument` where they hold what JSON cannot: a number that is not finite, a value of no kind.
    """
    plain = {key: _plain(value) for key, value in preferences.fields.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def struct_of(text: str) -> Struct:
    """Return the preferences of a text that `text_of` made."""
    return _struct(json.loads(text))


def _plain(value: Value) -> Json:
    match value.WhichOneof("kind"):
        case "null_value":
            return None
        case "bool_value":
            return value.bool_value
        case "string_value":
            return value.string_value
        case "number_value" if math.isfinite(value.number_value):
            return value.number_value
        case "list_value":
            return [_plain(inner) for inner in value.list_value.values]
        case "struct_value":
            return {key: _plain(inner) for key, inner in value.struct_value.fields.items()}
    fault = FieldViolation("user.profile.preferences", "must be a JSON object: finite numbers, no empty values")
    raise InvalidArgument("PREFERENCES_NOT_JSON", "the preferences are no JSON object", violations=[fault])


def _struct(plain: dict[str, Json]) -> Struct:
    return Struct(fields={key: _value(inner) for key, inner in plain.items()})


def _value(plain: Json) -> Value:
    match plain:
        case None:
            return Value(null_value=NULL_VALUE)
        case bool():
            return Value(bool_value=plain)
        case str():
            return Value(string_value=plain)
        case dict():
            return Value(struct_value=_struct(plain))
        case list():
            return Value(list_value=ListValue(values=[_value(inner) for inner in plain]))
        case _:
            return Value(number_value=plain)
