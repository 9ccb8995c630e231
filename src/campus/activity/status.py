"""How a session moves: active to paused to completed, or straight to completed. Nothing leads back.

A rule returns the session as it shall stand, the very same where it stands so already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from campus.activity.model import Status
from trunkline import FailedPrecondition

if TYPE_CHECKING:
    from campus.activity.model import FinalResult, Session


def pause(session: Session) -> Session:
    """Put the session to rest. Raises `FailedPrecondition` where it is completed."""
    if session.status is Status.COMPLETED:
        raise _completed(session)
    return replace(session, status=Status.PAUSED)


def complete(session: Session, final_result: FinalResult) -> Session:
    """End the session. Raises `FailedPrecondition` where it ended with another result."""
    if session.status is Status.COMPLETED and session.final_result is not final_result:
        raise _completed(session)
    return replace(session, status=Status.COMPLETED, final_result=final_result)


def _completed(session: Session) -> FailedPrecondition:
    result = session.final_result.value if session.final_result else "no result"
    return FailedPrecondition("SESSION_COMPLETED", f"the session {session.session_id} is completed with {result}")
