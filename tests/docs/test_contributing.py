from __future__ import annotations

import re

import pytest
from documents import ROOT, text_of

TEXT = text_of("CONTRIBUTING.md")
PATHS = sorted(set(re.findall(r"\b(?:src|tests|docs|tools|protos|benchmarks|k8s)/[\w./-]*\w", TEXT)))


@pytest.mark.parametrize("path", [path for path in PATHS if "NNNN" not in path])
def test_a_file_that_is_named_exists(path):
    assert (ROOT / path).exists()


def test_a_test_that_is_named_by_a_part_of_its_name_exists():
    parts = re.findall(r"pytest -k (\w+)", TEXT)
    every = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert parts
    assert all(re.search(rf"def test_\w*{part}", every) for part in parts)
