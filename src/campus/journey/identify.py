"""Ids that are the same in every run, so that any call may be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from campus.journey.rows import Answer, Presentation

NAMESPACE = UUID("6d1f6a0c-0c0b-5a57-9d5e-6f1f5d6f7b10")


def username(id_student: int) -> str:
    """Return the name a learner signs in with."""
    return f"student-{id_student}"


def user_id(id_student: int) -> str:
    """Return the id of a learner, whatever the presentation."""
    return str(uuid5(NAMESPACE, f"user/{id_student}"))


def session_id(id_student: int, presentation: Presentation) -> str:
    """Return the id of a learner's session in one presentation."""
    return str(uuid5(NAMESPACE, f"session/{presentation}/{id_student}"))


def submission_id(answer: Answer) -> str:
    """Return the id of what a learner handed in for one assessment."""
    return str(uuid5(NAMESPACE, f"submission/{answer.assessment.id_assessment}/{answer.id_student}"))
