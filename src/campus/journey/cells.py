"""The cells of one row: text to value, each with its own check."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

# The data set writes "not known" as nothing at all or as a question mark.
MISSING = frozenset({"", "?"})
NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")
# Tables that went through a program with no whole numbers beside missing ones come out as `12.0`.
WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
SHOWN = 40


class Problem(Exception):
    """What is wrong with a row, in one line. `cause` is the row of another file that is to blame, `file:line`."""

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause


class Cells:
    """The cells of a row by column. Each reading raises `Problem`, naming the column, where the text is bad."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def name(self, column: str) -> str:
        """Read a short code such as `AAA`."""
        text = self._texts[column]
        if not NAME.fullmatch(text):
            raise self._problem(column, "no name of 1 to 32 letters, digits, '_', '.' or '-'")
        return text

    def whole(self, column: str, *, low: int, high: int) -> int:
        """Read a whole number from `low` to `high`."""
        match = WHOLE.fullmatch(self._texts[column])
        if match is None or not low <= int(match[1]) <= high:
            raise self._problem(column, f"no whole number from {low} to {high}")
        return int(match[1])

    def number(self, column: str, *, low: int, high: int) -> Decimal:
        """Read a decimal number from `low` to `high`."""
        text = self._texts[column]
        if not NUMBER.fullmatch(text) or not low <= Decimal(text) <= high:
            raise self._problem(column, f"no number from {low} to {high}")
        return Decimal(text)

    def choice(self, column: str, choices: Mapping[str, T]) -> T:
        """Read one of the words that `choices` has a value for."""
        text = self._texts[column]
        if text not in choices:
            raise self._problem(column, f"none of {', '.join(choices)}")
        return choices[text]

    def maybe(self, column: str, read: Callable[[], T]) -> T | None:
        """Return what `read` makes of the cell, None where the data set has no value for it."""
        return None if self._texts[column] in MISSING else read()

    def _problem(self, column: str, wanted: str) -> Problem:
        text = self._texts[column]
        shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
        return Problem(f"{column}: is missing" if text in MISSING else f"{column}: {shown!r} is {wanted}")
