"""The servicer of activity: checks, asks, translates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from campus.activity import shape
from campus.activity.status import complete, pause
from campus.api.accounts.v1.accounts_pb2 import GetUserRequest
from campus.api.activity.v1.activity_pb2 import (
    CompleteSessionRequest,
    CompleteSessionResponse,
    GetSessionRequest,
    GetSessionResponse,
    GetTotalsRequest,
    GetTotalsResponse,
    OpenSessionRequest,
    OpenSessionResponse,
    PauseSessionRequest,
    PauseSessionResponse,
    SubmitRequest,
    SubmitResponse,
)
from campus.api.activity.v1.activity_pb2_grpc import ActivityServiceServicer
from trunkline import AlreadyExists, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from campus.activity.model import Session
    from campus.activity.store import Sessions
    from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceAsyncStub
    from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceAsyncStub
    from trunkline import Clock


class Activity(ActivityServiceServicer):
    """Owns the sessions of the campus and takes in submissions."""

    def __init__(
        self,
        *,
        accounts: AccountsServiceAsyncStub,
        progress: ProgressServiceAsyncStub,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._progress = progress
        self._sessions = sessions
        self._clock = clock

    async def OpenSession(
        self, request: OpenSessionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> OpenSessionResponse:
        """Open a session, or find that it was opened."""
        await self._accounts.GetUser(GetUserRequest(user_id=request.user_id))
        session = shape.opened(request, at=shape.moment_of(self._clock.time()))
        stored = await self._sessions.add(session)
        if not stored.same_as(session):
            raise AlreadyExists("SESSION_EXISTS", f"the id {session.session_id} belongs to another session")
        return OpenSessionResponse(session=shape.entity_of(stored))

    async def PauseSession(
        self, request: PauseSessionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> PauseSessionResponse:
        """Put a session to rest."""
        session = await self._move(request.session_id, pause)
        return PauseSessionResponse(session=shape.entity_of(session))

    async def CompleteSession(
        self, request: CompleteSessionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> CompleteSessionResponse:
        """End a session with its result."""
        rule = partial(complete, final_result=shape.result_of(request.final_result))
        session = await self._move(request.session_id, rule)
        return CompleteSessionResponse(session=shape.entity_of(session))

    async def GetSession(
        self, request: GetSessionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> GetSessionResponse:
        """Return one session."""
        return GetSessionResponse(session=shape.entity_of(await self._find(request.session_id)))

    async def Submit(self, request: SubmitRequest, context: grpc.aio.ServicerContext[Any, Any]) -> SubmitResponse:
        """Take in one submission and record it with progress, again where it may have been lost on the way there."""
        submission = shape.submission_of(request.submission)
        session = await self._find(submission.session_id)
        await self._accounts.GetUser(GetUserRequest(user_id=session.user_id))
        kept = await self._sessions.take_in(submission, at=shape.moment_of(self._clock.time()))
        if kept.record != submission:
            raise AlreadyExists(
                "SUBMISSION_EXISTS", f"the id {submission.submission_id} belongs to a submission with other content"
            )
        await self._progress.RecordCompletion(shape.completion_of(session, submission))
        return SubmitResponse(created=kept.created)

    async def GetTotals(
        self, request: GetTotalsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> GetTotalsResponse:
        """Count sessions and submissions by presentation."""
        return GetTotalsResponse(totals=[shape.totals_of(totals) for totals in await self._sessions.totals()])

    async def _find(self, session_id: str) -> Session:
        session = await self._sessions.get(session_id)
        if session is None:
            raise NotFound("SESSION_NOT_FOUND", f"there is no session {session_id}")
        return session

    async def _move(self, session_id: str, rule: Callable[[Session], Session]) -> Session:
        session = await self._find(session_id)
        # Whoever else moved it meanwhile is found by the rule's next look.
        while (wanted := rule(session)) != session:
            session = await self._sessions.change(session, wanted)
        return session
