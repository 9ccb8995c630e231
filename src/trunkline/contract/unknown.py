"""A policy this version has no word for: a contract may be newer than the runtime that is to keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.unknown_fields import UnknownFieldSet

from trunkline.contract.violation import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

MEND = "update trunkline, or take it away"


def unknown_faults(said: Message) -> Iterator[Fault]:
    """Find what `said`, or a message within it, says under a field number this version does not know."""
    unknown = UnknownFieldSet(said)
    for number in sorted({unknown[index].field_number for index in range(len(unknown))}):
        yield Fault((number,), f"this version knows no field {number} of {said.DESCRIPTOR.full_name}", MEND)
    for field, value in said.ListFields():
        if field.type == field.TYPE_MESSAGE and not field.is_repeated:
            for fault in unknown_faults(value):
                yield fault._replace(path=(field.number, *fault.path))
