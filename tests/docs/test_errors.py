from __future__ import annotations

import ast

from documents import ROOT, rows, text_of

from trunkline import FieldViolation, MeshError, NotFound

DOCUMENT = text_of("docs/errors.md")
CODES = {cls.__name__: cls.code.name for cls in MeshError.__subclasses__()}
SOURCES = [
    ast.parse(path.read_text(encoding="utf-8"))
    for room in ("trunkline", "campus")
    for path in (ROOT / "src" / room).rglob("*.py")
    if "api" not in path.relative_to(ROOT / "src").parts
]


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def first(call: ast.Call) -> object:
    return call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None


def calls_in(node: ast.AST):
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def makers() -> dict[str, str]:
    """Find the functions and classes that put a reason they are given into an error, and its code."""
    return {
        node.name: CODES[name_of(call)]
        for tree in SOURCES
        for node in ast.iter_child_nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        for call in calls_in(node)
        if name_of(call) in CODES and call.args and first(call) is None
    }


def raised() -> set[tuple[str, str]]:
    """Find every pair of reason and code that the source can raise."""
    codes = CODES | makers()
    calls = (call for tree in SOURCES for call in calls_in(tree) if name_of(call) in codes)
    return {(str(reason), codes[name_of(call)]) for call in calls if (reason := first(call)) is not None}


def listed() -> list[tuple[str, str]]:
    return [(row[0].strip("`"), row[1]) for row in rows(DOCUMENT, "reason") if len(row) == 5]


def test_the_reasons_raised_are_those_listed():
    assert raised() == set(listed())


def test_no_reason_is_listed_twice():
    assert len(listed()) == len(set(listed()))


def test_every_field_of_an_error_is_explained():
    error = NotFound("NO_SEAT", "the room is full", violations=[FieldViolation("room", "is full")])
    explained = {row[0].strip("`") for row in rows(DOCUMENT, "field") if "," not in row[0]}
    assert explained == {"code", *vars(error)}
