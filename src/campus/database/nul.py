"""The one character that PostgreSQL keeps in no text: refused whatever the database, so that all take the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline import FieldViolation, InvalidArgument

if TYPE_CHECKING:
    from sqlalchemy.engine.default import DefaultExecutionContext

NUL = "\0"


def refuse_nul(*, context: DefaultExecutionContext, **_: object) -> None:
    """Raise `InvalidArgument` that names every value with a NUL in it. SQLAlchemy calls it ahead of each statement."""
    found = {
        name
        for values in (context.compiled_parameters if context.compiled else ())
        for name, value in values.items()
        if isinstance(value, str) and NUL in value
    }
    if found:
        faults = [FieldViolation(name, "must not hold the character NUL") for name in sorted(found)]
        raise InvalidArgument("TEXT_WITH_NUL", "no text may hold the character NUL", violations=faults)
