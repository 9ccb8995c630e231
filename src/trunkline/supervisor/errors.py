"""Why a mesh did not start."""

from __future__ import annotations


class StartError(Exception):
    """The mesh cannot start. The message is one plain line; `final` says that no other try can help."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final
