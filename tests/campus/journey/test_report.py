from __future__ import annotations

from campus.journey.report import report
from campus.journey.rows import BadRow

OWN = BadRow("assessments.csv", 3, "weight: '101' is no number from 0 to 100")


def spoilt(count, *, cause="assessments.csv:3"):
    return [BadRow("answers.csv", line, "leans on a bad row", cause) for line in range(2, 2 + count)]


def test_a_single_bad_row_is_counted_as_one():
    assert report([OWN]) == [str(OWN), "1 bad row"]


def test_what_follows_from_a_fault_comes_after_every_fault_in_one_line_for_each_cause():
    late = BadRow("answers.csv", 99, "score: 'x' is no number from 0 to 100")
    assert report([OWN, *spoilt(65), late]) == [
        str(OWN),
        str(late),
        "assessments.csv:3 spoils 65 rows of answers.csv",
        "2 bad rows and 65 rows that lean on them",
    ]


def test_one_cause_names_every_file_that_it_spoils():
    between = BadRow("registrations.csv", 5, "leans on a bad row", "assessments.csv:3")
    assert report([OWN, between, *spoilt(2)])[1:] == [
        "assessments.csv:3 spoils 1 row of registrations.csv, 2 rows of answers.csv",
        "1 bad row and 3 rows that lean on them",
    ]


def test_rows_with_the_same_fault_share_a_line():
    same = [BadRow("f.csv", line, "is bad") for line in range(2, 1502)]
    assert report(same[:2])[0] == "f.csv:2: is bad; the same in line 3"
    assert report(same) == ["f.csv:2: is bad; the same in lines 3, 4, 5 and 1,496 more", "1,500 bad rows"]


def test_twenty_faults_are_shown_and_the_rest_counted_and_causes_apart():
    bad = [BadRow("f.csv", line, f"is bad in way {line}") for line in range(2, 32)]
    lines = report([*bad, *(row for n in range(30) for row in spoilt(1, cause=f"f.csv:{n}"))])
    assert lines[19:21] == ["f.csv:21: is bad in way 21", "… and 10 more like these"]
    assert lines[21] == "f.csv:0 spoils 1 row of answers.csv"
    assert lines[41:] == ["… and 10 more like these", "30 bad rows and 30 rows that lean on them"]
