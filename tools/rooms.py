"""A contract for import-linter: the modules of a room import what the room may, and nothing else.

Rooms are named by patterns, so that one which does not exist yet is no fault. `a.b` is that module alone, `a.*.c` has
any one word in the middle, and `a.b.**` is `a.b` with everything below it. The standard library and the room itself
are always allowed. Imports for type checking count as well.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grimp import ImportGraph

STATEMENT = re.compile(r"(?:from|import)\s+([\w.]+)")


@cache
def pattern(written: str) -> re.Pattern[str]:
    """Return the expression for what a pattern of the configuration means."""
    stem, deep = (written[:-3], r"(\..+)?") if written.endswith(".**") else (written, "")
    return re.compile(re.escape(stem).replace(r"\*", r"[^.]+") + deep)


def matches(module: str, patterns: Iterable[str]) -> bool:
    """Whether a module is one of those that the patterns mean."""
    return any(pattern(written).fullmatch(module) for written in patterns)


class Rooms(Contract):
    """`modules` are the room, without those in `but`; `may_import` is all it may import from elsewhere."""

    type_name = "rooms"

    modules = fields.ListField(subfield=fields.StringField())
    but = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    may_import = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  the base class's form
        """Look at every import of every module of the room."""
        room = [name for name in sorted(graph.modules) if self._inside(name)]
        broken = [
            (importer, imported, line)
            for importer in room
            for imported, line in _imports(graph, importer)
            if not self._allowed(imported)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what was imported against the rule."""
        for importer, imported, line in check.metadata["broken"]:
            output.print_error(f"- {importer}:{line} imports {imported}", bold=False)
        output.new_line()

    def _inside(self, module: str) -> bool:
        return matches(module, _words(self.modules)) and not matches(module, _words(self.but))

    def _allowed(self, imported: str) -> bool:
        standard = imported.partition(".")[0] in sys.stdlib_module_names
        return standard or self._inside(imported) or matches(imported, _words(self.may_import))


def _words(read: object) -> list[str]:
    # What was declared as a field holds its value by the time a contract is checked; the types do not say so.
    return cast("list[str]", read)


def _imports(graph: ImportGraph, importer: str) -> Iterator[tuple[str, int | None]]:
    """Yield what a module imports, each with its line."""
    for imported in sorted(graph.find_modules_directly_imported_by(importer)):
        for detail in graph.get_import_details(importer=importer, imported=imported):
            # Generated code has no __init__.py and so is not in the graph: the graph names the root instead.
            written = STATEMENT.match(detail["line_contents"])
            below = written is not None and "." not in imported and written[1].startswith(f"{imported}.api.")
            yield written[1] if written and below else imported, detail["line_number"]
