from __future__ import annotations

import pytest

from campus.journey.read import read
from campus.journey.refused import Refused
from campus.journey.rows import Presentation, Result

AAA, BBB = Presentation("AAA", "2013J"), Presentation("BBB", "2014B")


def problems(folder):
    return [str(row) for row in read(folder)[1]]


def test_a_good_data_set_is_read_whole(folder):
    data, bad = read(folder)
    assert bad == []
    assert data.rows == {
        "courses": 2,
        "assessments": 3,
        "studentInfo": 4,
        "studentRegistration": 4,
        "studentAssessment": 5,
    }
    assert [(one.id_student, one.presentation, one.unregistered, one.result) for one in data.registrations] == [
        (10, AAA, False, Result.PASS),
        (11, AAA, True, Result.WITHDRAWN),
        (12, AAA, True, Result.FAIL),
        (10, BBB, False, None),
    ]
    assert [(one.assessment.id_assessment, one.score, one.banked) for one in data.answers] == [
        (1, 77, False),
        (2, 80, False),
        (1, None, False),
        (1, 61, True),
        (3, 100, False),
    ]


def test_a_score_that_is_no_number_is_told_by_file_and_line(folder, change):
    change("studentAssessment.csv", "1,12,-1,1,61", "1,12,-1,1,abc")
    assert problems(folder) == ["studentAssessment.csv:5: score: 'abc' is no number from 0 to 100"]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("studentAssessment.csv", "1,10,18", "9,10,18", ":2: id_assessment: 9 is not in assessments.csv"),
        (
            "studentAssessment.csv",
            "1,10,18",
            "1,13,18",
            ":2: id_student: 13 in AAA/2013J is not in studentRegistration.csv",
        ),
        ("studentAssessment.csv", "3,10,29", "1,10,29", ":6: the same row again"),
        ("studentAssessment.csv", ",0,77", ",2,77", ":2: is_banked: '2' is none of 0, 1"),
        ("studentAssessment.csv", ",18,0", ",?,0", ":2: date_submitted: is missing"),
        (
            "studentRegistration.csv",
            "AAA,2013J,12",
            "AAA,2013J,99",
            ":4: student 99 in AAA/2013J is not in student",
        ),
        ("studentRegistration.csv", "-90,40", "-90,soon", ":3: date_unregistration: 'soon' is no whole number"),
        ("studentInfo.csv", "M,Withdrawn", "M,Passed", ":3: final_result: 'Passed' is none of Pass, Distinction"),
        ("assessments.csv", "12.5", "101", ":2: weight: '101' is no number from 0 to 100"),
        ("assessments.csv", "BBB,2014B,3", "CCC,2014B,3", ":4: presentation CCC/2014B is not in courses.csv"),
        ("courses.csv", "BBB,2014B", "AAA,2013J", ":3: the same row again"),
    ],
)
def test_each_kind_of_bad_row_is_found(folder, change, file, old, new, problem):
    change(file, old, new)
    assert any(line.startswith(file + problem) for line in problems(folder))


def test_the_first_of_two_same_registrations_stays(folder, change):
    change("studentRegistration.csv", "BBB,2014B,10,-30,", "BBB,2014B,10,-30,\nAAA,2013J,10,-100,40")
    data, bad = read(folder)
    assert [str(row) for row in bad] == ["studentRegistration.csv:6: the same row again"]
    assert not data.registrations[0].unregistered


def test_a_bad_row_takes_with_it_what_leans_on_it(folder, change):
    change("studentInfo.csv", "F,Pass", "F,Passed")
    data, bad = read(folder)
    assert [str(row) for row in bad] == [
        "studentInfo.csv:2: final_result: 'Passed' is none of Pass, Distinction, Fail, Withdrawn",
        "studentRegistration.csv:2: student 10 in AAA/2013J has a bad row in studentInfo.csv",
        "studentAssessment.csv:2: id_student: 10 in AAA/2013J has a bad row in studentRegistration.csv",
        "studentAssessment.csv:3: id_student: 10 in AAA/2013J has a bad row in studentRegistration.csv",
    ]
    assert {one.presentation for one in data.registrations if one.id_student == 10} == {BBB}
    assert data.rows["studentAssessment"] == 3


def test_all_bad_rows_of_all_files_are_found_at_once(folder, change):
    change("courses.csv", "BBB", "B/B")
    change("studentAssessment.csv", "0,77", "0,770")
    assert {line.partition(":")[0] for line in problems(folder)} == {
        "courses.csv",
        "assessments.csv",
        "studentInfo.csv",
        "studentRegistration.csv",
        "studentAssessment.csv",
    }


def test_files_that_are_missing_are_named_in_one_line(folder):
    (folder / "courses.csv").unlink()
    (folder / "studentInfo.csv").unlink()
    with pytest.raises(Refused, match=r"data: no file courses\.csv, studentInfo\.csv$"):
        read(folder)


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(Refused, match="no such folder"):
        read(tmp_path / "nowhere")


def test_files_that_are_not_needed_are_left_alone(folder):
    (folder / "studentVle.csv").write_bytes(b"\xff\x00")
    assert problems(folder) == []


def test_a_data_set_without_learners_is_refused(folder):
    header = "code_module,code_presentation,id_student,date_unregistration\n"
    (folder / "studentRegistration.csv").write_text(header)
    (folder / "studentAssessment.csv").write_text("id_assessment,id_student,date_submitted,is_banked,score\n")
    with pytest.raises(Refused, match="has no rows"):
        read(folder)


def test_a_fault_of_its_own_is_not_hidden_behind_that_of_another_row(folder, change):
    change("assessments.csv", "12.5", "101")
    change("studentAssessment.csv", "1,10,18,0,77", "1,10,18,0,abc")
    assert "studentAssessment.csv:2: score: 'abc' is no number from 0 to 100" in problems(folder)


def test_a_spoilt_row_knows_the_row_that_is_at_fault_in_the_end(folder, change):
    change("studentInfo.csv", "F,Pass", "F,Passed")
    causes = [(row.file, row.cause) for row in read(folder)[1]]
    assert causes == [
        ("studentInfo.csv", ""),
        ("studentRegistration.csv", "studentInfo.csv:2"),
        ("studentAssessment.csv", "studentInfo.csv:2"),
        ("studentAssessment.csv", "studentInfo.csv:2"),
    ]
