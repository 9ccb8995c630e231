from __future__ import annotations

import re

import pytest
from documents import ROOT, text_of

DOCUMENT = text_of("docs/security.md")
NAMED = [
    (file, part.strip(" ."))
    for file, parts in re.findall(r"`([\w/]+\.py)`([^;|`\n]*)", DOCUMENT)
    for part in parts.split(",")
]


@pytest.mark.parametrize(("file", "part"), NAMED)
def test_a_test_that_is_named_is_there(file, part):
    tests = re.findall(r"def (test_\w+)", (ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert any(part in name for name in tests)


def test_every_row_names_a_test():
    rows = re.findall(r"^\| .*$(?!\n\|---)", DOCUMENT, re.MULTILINE)
    assert [row for row in rows if "test_" not in row.rpartition(" | ")[2]] == []
