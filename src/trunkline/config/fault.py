"""Faults of a configuration in plain lines: what, where, and the nearest valid key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Keys = tuple[str | int, ...]
"""The way to a value: keys of mappings and indices of lists."""


class ConfigError(Exception):
    """A configuration that cannot be used. The message has one line per fault."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.faults = tuple(message.splitlines())


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value at `path`."""

    path: Keys
    message: str


def dotted(path: Keys) -> str:
    """Return `path` as people write it: `components.accounts.needs[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return the end of a sentence that names the valid word closest to `word`; empty where none is close."""
    import difflib

    found = difflib.get_close_matches(word, list(valid), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def in_words(error: OSError) -> str:
    """Return what went wrong with which file, without the number of the error."""
    if not error.strerror:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Put what pydantic found while it read a `model` in plain words."""
    return [_fault(detail, model) for detail in error.errors(include_url=False)]


def valid_keys(model: type[BaseModel], path: Keys) -> list[str]:
    """Return the keys that the mapping at `path` may have; empty where any are allowed."""
    kind: object = model
    for part in path:
        kind = _inner(kind, part)
    return list(kind.model_fields) if _is_model(kind) else []


def _fault(detail: ErrorDetails, model: type[BaseModel]) -> Fault:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    match detail["type"]:
        case "extra_forbidden":
            return Fault(path, "no such key" + nearest(str(path[-1]), valid_keys(model, path[:-1])))
        case "missing":
            return Fault(path, "missing")
        case "value_error":
            return Fault(path, str(detail["ctx"]["error"]))
        case "model_type" | "model_attributes_type" | "dict_type":
            return Fault(path, "must be a mapping of keys to values")
        case "tuple_type" | "list_type":
            given = detail["input"]
            return Fault(path, "must be a list" + (f", such as [{given}]" if isinstance(given, str | int) else ""))
        case "literal_error":
            valid = _choices(model, path)
            given = str(detail["input"])
            begun = [choice for choice in valid if given and choice.startswith(given.lower())]
            close = f"; did you mean {begun[0]!r}?" if begun else nearest(given, valid)
            return Fault(path, f"must be {detail['ctx']['expected']}, not {detail['input']!r}{close}")
        case _:
            message = detail["msg"]
            return Fault(path, f"{message[:1].lower()}{message[1:]}, not {detail['input']!r}")


def _choices(model: type[BaseModel], path: Keys) -> list[str]:
    kind: object = model
    for part in path:
        kind = _inner(kind, part)
    return [str(choice) for choice in get_args(kind)]


def _inner(kind: object, part: str | int) -> object:
    if _is_model(kind):
        field = kind.model_fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(kind)
    if not arguments:
        return None
    return arguments[0] if isinstance(part, int) else arguments[-1]


def _is_model(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
