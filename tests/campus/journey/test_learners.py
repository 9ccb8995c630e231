from __future__ import annotations

from campus.api.activity.v1 import activity_pb2 as activity
from campus.journey.learners import count_steps, learners
from campus.journey.read import read


def steps(folder, student):
    data, _ = read(folder)
    return [step for one in learners(data) if one.id_student == student for step in one.steps()]


def test_a_learner_in_two_presentations_is_one_user_with_two_sessions(folder):
    assert [step.method for step in steps(folder, 10)] == [
        "RegisterUser",
        "OpenSession",
        "OpenSession",
        "Submit",
        "Submit",
        "Submit",
        "CompleteSession",
    ]


def test_a_withdrawal_pauses_the_session_after_all_was_handed_in(folder):
    assert [step.method for step in steps(folder, 11)] == ["RegisterUser", "OpenSession", "Submit", "PauseSession"]


def test_a_final_result_completes_the_session_even_of_one_who_left(folder):
    end = steps(folder, 12)[-1]
    assert (end.method, end.request.final_result) == ("CompleteSession", activity.FINAL_RESULT_FAIL)


def test_a_missing_score_stays_missing_and_a_banked_one_is_marked(folder):
    missing = steps(folder, 11)[2].request.submission
    banked = steps(folder, 12)[2].request.submission
    assert not missing.HasField("score")
    assert (banked.score, banked.weight, banked.banked, banked.day) == (61, 12.5, True, -1)


def test_a_step_names_its_row(folder):
    assert [step.row for step in steps(folder, 11)] == [
        "studentRegistration.csv: id_student 11",
        "studentRegistration.csv: id_student 11 in AAA/2013J",
        "studentAssessment.csv: id_assessment 1, id_student 11",
        "studentRegistration.csv: id_student 11 in AAA/2013J",
    ]


def test_the_steps_are_counted_before_they_are_made(folder):
    data, _ = read(folder)
    assert count_steps(data) == sum(1 for one in learners(data) for _ in one.steps()) == 3 + 4 + 5 + 3
