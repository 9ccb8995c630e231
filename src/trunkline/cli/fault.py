"""The traceback of a component's own fault, without the frames that lead to its code."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

IMPORTING = "load_entry"
RUNNING = "under_mesh"


def importing(error: BaseException) -> bool:
    """Whether `error` came up while the component's module was imported."""
    return _below(error.__traceback__, IMPORTING) is not None


def of_component(error: BaseException) -> str:
    """Return the traceback of `error` from the component's first frame on; empty where none of its code ran."""
    door = _below(error.__traceback__, IMPORTING) or _below(error.__traceback__, RUNNING)
    if door is None:
        return ""
    frame = door.tb_next
    while frame is not None and _is_of_importlib(frame):
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame))


def _below(frame: TracebackType | None, function: str) -> TracebackType | None:
    while frame is not None:
        code = frame.tb_frame.f_code
        if code.co_name == function and frame.tb_frame.f_globals.get("__package__") == __package__:
            return frame
        frame = frame.tb_next
    return None


def _is_of_importlib(frame: TracebackType) -> bool:
    return str(frame.tb_frame.f_globals.get("__name__", "")).startswith("importlib")
