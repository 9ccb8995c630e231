"""The servicer of progress: checks, asks, translates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from campus.api.accounts.v1.accounts_pb2 import GetUserRequest
from campus.api.progress.v1.progress_pb2 import (
    GetProgressRequest,
    GetProgressResponse,
    GetTotalsRequest,
    GetTotalsResponse,
    RecordCompletionRequest,
    RecordCompletionResponse,
)
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceServicer
from campus.progress import shape
from trunkline import AlreadyExists, NotFound

if TYPE_CHECKING:
    import grpc

    from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceAsyncStub
    from campus.progress.store import Results


class Progress(ProgressServiceServicer):
    """Computes each learner's weighted score."""

    def __init__(self, *, accounts: AccountsServiceAsyncStub, results: Results) -> None:
        self._accounts = accounts
        self._results = results

    async def RecordCompletion(
        self, request: RecordCompletionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> RecordCompletionResponse:
        """Record a completion, or find that it is recorded."""
        completion = shape.completion_of(request)
        kept = await self._results.record(completion)
        if kept.record != completion:
            raise AlreadyExists(
                "COMPLETION_EXISTS", f"the submission {completion.submission_id} was recorded with other content"
            )
        return RecordCompletionResponse(created=kept.created)

    async def GetProgress(
        self, request: GetProgressRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> GetProgressResponse:
        """Return a learner's result in one presentation."""
        await self._accounts.GetUser(GetUserRequest(user_id=request.user_id))
        result = await self._results.of(request.user_id, request.code_module, request.code_presentation)
        if result is None:
            presentation = f"{request.code_module} {request.code_presentation}"
            raise NotFound("NO_RESULT", f"user {request.user_id} has not handed anything in for {presentation}")
        return shape.response_of(result)

    async def GetTotals(
        self, request: GetTotalsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> GetTotalsResponse:
        """Count completions and sum scores by presentation."""
        return GetTotalsResponse(totals=[shape.message_of(totals) for totals in await self._results.totals()])
