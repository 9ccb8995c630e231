"""What activity counts, as one query: all counts belong to the same moment."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, distinct, func, select

from campus.activity.model import Status
from campus.activity.table import sessions, submissions


def _standing(status: Status) -> ColumnElement[int]:
    return func.count(case((sessions.c.status == status, 1)))


_PRESENTATION = (sessions.c.code_module, sessions.c.code_presentation)

_ENROLLED = (
    select(
        *_PRESENTATION,
        func.count(distinct(sessions.c.user_id)).label("learners"),
        _standing(Status.ACTIVE).label("active"),
        _standing(Status.PAUSED).label("paused"),
        _standing(Status.COMPLETED).label("completed"),
    )
    .group_by(*_PRESENTATION)
    .subquery()
)

_HANDED_IN = (
    select(*_PRESENTATION, func.count().label("submissions"))
    .join_from(sessions, submissions, submissions.c.session_id == sessions.c.session_id)
    .group_by(*_PRESENTATION)
    .subquery()
)

TOTALS = select(_ENROLLED, func.coalesce(_HANDED_IN.c.submissions, 0)).join_from(
    _ENROLLED,
    _HANDED_IN,
    and_(
        _ENROLLED.c.code_module == _HANDED_IN.c.code_module,
        _ENROLLED.c.code_presentation == _HANDED_IN.c.code_presentation,
    ),
    isouter=True,
)
"""One row a presentation, its columns the fields of `Totals`."""
