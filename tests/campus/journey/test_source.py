from __future__ import annotations

import pytest

from campus.journey.cells import Problem
from campus.journey.refused import Refused
from campus.journey.source import LONGEST_LINE, Source


@pytest.fixture
def rows(tmp_path):
    def rows(content, columns=("a", "b")):
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        source = Source(path, columns)
        return [
            (line, str(cells) if isinstance(cells, Problem) else tuple(cells.name(column) for column in columns))
            for line, cells in source.rows()
        ]

    return rows


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n",
        b"b,a\n2,1\n",
        b"x,b,a\n9,2,1\n",
        b'"a","b"\n"1","2"\n',
        b"\xef\xbb\xbfa,b\r\n1 , 2\r\n",
        b"a,b\n1,2",
    ],
    ids=["plain", "other order", "more columns", "quoted", "byte order mark and CRLF", "no newline at the end"],
)
def test_the_needed_columns_are_found_wherever_they_are(rows, content):
    assert rows(content) == [(2, ("1", "2"))]


def test_empty_lines_are_passed_over_and_counted(rows):
    assert rows(b"a,b\n\n1,2\n  \n3,4\n\n") == [(3, ("1", "2")), (5, ("3", "4"))]


def test_a_bad_row_is_told_by_its_line_and_the_next_is_read(rows):
    content = b'a,b\n1\n1,2,3\n\xff,2\n1\x00,2\n"1,2\n1,2\n'
    assert rows(content) == [
        (2, "has 1 value where the header has 2"),
        (3, "has 3 values where the header has 2"),
        (4, "is not UTF-8: byte 0xff at position 1"),
        (5, "has a NUL character at position 2"),
        (6, "has a quote that is not closed in its line"),
        (7, ("1", "2")),
    ]


def test_a_line_break_inside_a_value_is_told_in_our_words(rows):
    assert rows(b"a,b\n1,2\r3,4\n1,2\n") == [(2, "has a line break inside a value"), (3, ("1", "2"))]


def test_a_line_without_end_spoils_itself_alone(rows):
    content = b"a,b\n" + b"1" * (3 * LONGEST_LINE) + b"\n1,2\n"
    assert rows(content) == [(2, f"is longer than {LONGEST_LINE:,} bytes"), (3, ("1", "2"))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"a;b\n", "no column a; no column b"),
        (b"a,c\n", "no column b"),
        (b"a,b,a\n", "two columns a"),
        (b"\xff\n", "header: is not UTF-8: byte 0xff at position 1"),
    ],
)
def test_a_file_without_its_header_is_refused_in_one_line(rows, content, reason):
    with pytest.raises(Refused) as caught:
        rows(content)
    assert str(caught.value).endswith(f"file.csv: {reason}")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(Refused, match="Is a directory"):
        list(Source(tmp_path, ("a",)).rows())
