"""Reading the documents as their tests need them: tables, blocks of code, links."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def text_of(name: str) -> str:
    """Return a document by its path from the root of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def tables(text: str, first: str) -> list[list[list[str]]]:
    """Return the tables whose first column is headed `first`, as rows of cells."""
    found = re.findall(rf"^\| {re.escape(first)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[_cells(line) for line in table.splitlines()] for table in found]


def rows(text: str, first: str) -> list[list[str]]:
    """Return the rows of all those tables."""
    return [row for table in tables(text, first) for row in table]


def blocks(text: str, *languages: str) -> list[str]:
    """Return the fenced blocks in one of `languages`, in their order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [code for language, code in found if language in languages]


def links(text: str) -> list[str]:
    """Return the targets of all links that stay within the project."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]


def anchors(text: str) -> set[str]:
    """Return the anchors that the headings of a document get on GitHub."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
