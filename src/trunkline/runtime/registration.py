"""Which services a servicer implements, found by the generated class it derives from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Registration:
    """One service of one servicer: its full name and its handlers by method name, None where it has none."""

    service: str
    handlers: Mapping[str, Callable[[Any, Any], Any] | None]


class _Recorder:
    """Stands in for a server while a generated `add_...Servicer_to_server` registers."""

    def __init__(self, generated: type) -> None:
        self.seen: list[Registration] = []
        self._generated = generated

    def add_generic_rpc_handlers(self, handlers: Iterable[Any]) -> None:
        """Take no notice: the registered handlers say the same."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        """Note one service."""
        kinds = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
        found = {
            name: next(getattr(handler, kind) for kind in kinds if getattr(handler, kind) is not None)
            for name, handler in handlers.items()
        }
        self.seen.append(Registration(service, {name: self._own(name, handler) for name, handler in found.items()}))

    def _own(self, name: str, handler: Any) -> Any:
        return None if getattr(handler, "__func__", None) is getattr(self._generated, name) else handler


def registrations(servicer: object) -> list[Registration]:
    """Return every service that `servicer` implements.

    Raises TypeError where it is a class, or derives from no generated `...Servicer` class.
    """
    if isinstance(servicer, type):
        name = servicer.__name__
        raise TypeError(f"{name} is a class: pass an instance, {name}(...)")
    seen: list[Registration] = []
    for base in type(servicer).__mro__:
        add = getattr(sys.modules.get(base.__module__), f"add_{base.__name__}_to_server", None)
        if add is not None:
            recorder = _Recorder(base)
            add(servicer, recorder)
            seen += recorder.seen
    if not seen:
        raise TypeError(f"{type(servicer).__name__} derives from no generated servicer class")
    return seen
