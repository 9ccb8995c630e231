from __future__ import annotations

from decimal import Decimal

from campus.journey.identify import session_id, submission_id, user_id, username
from campus.journey.rows import Answer, Assessment, Presentation

AAA, BBB = Presentation("AAA", "2013J"), Presentation("BBB", "2014B")


def answer(assessment, student, score):
    return Answer(student, Assessment(assessment, AAA, Decimal(10)), 1, False, score)


def test_ids_are_the_same_in_every_run():
    assert user_id(11391) == "aa6c8332-07be-588e-8add-9c909f3cc58c"
    assert session_id(11391, AAA) == "dcf86458-7af0-5364-b3cf-cd0a840f3b63"
    assert submission_id(answer(1752, 11391, None)) == "ac4d4b59-0e7c-5fb4-95a4-9b9ee9801af8"
    assert username(11391) == "student-11391"


def test_a_learner_has_a_session_in_each_presentation():
    assert session_id(1, AAA) != session_id(1, BBB)


def test_a_submission_keeps_its_id_whatever_the_score():
    assert submission_id(answer(1, 2, None)) == submission_id(answer(1, 2, Decimal(50)))
    assert submission_id(answer(1, 2, None)) != submission_id(answer(2, 1, None))
