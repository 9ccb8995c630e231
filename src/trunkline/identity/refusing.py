"""Why something was refused: the caller gets a reason, the audit log the exact cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from trunkline.errors import MeshError

Error = TypeVar("Error", bound="MeshError")


def because(error: Error, cause: str) -> Error:
    """Return `error` with a cause that no caller is told."""
    error.add_note(cause)
    return error


def cause_of(error: MeshError) -> str:
    """Return the reason of `error`, and the cause where one was noted."""
    notes = getattr(error, "__notes__", ())
    return ": ".join((error.reason, *notes))
