from __future__ import annotations

import inspect
import sys
from types import ModuleType

import pytest
from documents import blocks, text_of

GUIDES = ("docs/guides/write-an-interceptor.md", "docs/guides/test-a-component.md", "docs/guides/protect-data.md")


def module_of(name: str, code: str) -> ModuleType:
    module = ModuleType(name)
    exec(compile(code, f"{name}.py", "exec"), vars(module))
    return module


def code_of(guide: str) -> str:
    """Return the definitions of a guide; a block that begins with `async with` only shows a line in its place."""
    return "\n".join(block for block in blocks(text_of(guide), "python") if not block.startswith("async with"))


def names_in(guide: str) -> list[str]:
    lines = code_of(guide).splitlines()
    return [line.split("(")[0].removeprefix("async def ") for line in lines if line.startswith("async def test_")]


@pytest.mark.parametrize(("guide", "test"), [(guide, test) for guide in GUIDES for test in names_in(guide)])
async def test_a_test_of_the_guides_passes(guide, test, monkeypatch):
    component = module_of("progress", blocks(text_of("README.md"), "python")[0])
    monkeypatch.setitem(sys.modules, "progress", component)
    function = getattr(module_of("guide", code_of(guide)), test)
    assert inspect.iscoroutinefunction(function)
    await function()
