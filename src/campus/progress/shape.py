"""Progress' contract messages to and from its own values; the only place where the two meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campus.api.progress.v1.progress_pb2 import GetProgressResponse, ProgressTotals, RecordCompletionRequest
from campus.progress.model import HUNDREDTHS, Completion, hundredths

if TYPE_CHECKING:
    from campus.progress.model import Result, Totals


def completion_of(request: RecordCompletionRequest) -> Completion:
    """Return the row of a completion. Weight and score are kept to two decimals."""
    return Completion(
        submission_id=request.submission_id,
        user_id=request.user_id,
        code_module=request.code_module,
        code_presentation=request.code_presentation,
        assessment_id=request.assessment_id,
        weight=hundredths(request.weight),
        score=hundredths(request.score) if request.HasField("score") else None,
    )


def request_of(completion: Completion) -> RecordCompletionRequest:
    """Return the request that records `completion`."""
    return RecordCompletionRequest(
        submission_id=completion.submission_id,
        user_id=completion.user_id,
        code_module=completion.code_module,
        code_presentation=completion.code_presentation,
        assessment_id=completion.assessment_id,
        weight=completion.weight / HUNDREDTHS,
        score=None if completion.score is None else completion.score / HUNDREDTHS,
    )


def response_of(result: Result) -> GetProgressResponse:
    """Return the answer that tells a learner's result."""
    return GetProgressResponse(
        submissions=result.submissions, scored=result.scored, weighted_score=result.weighted_score
    )


def message_of(totals: Totals) -> ProgressTotals:
    """Return the totals of one presentation as the contract tells them."""
    return ProgressTotals(
        code_module=totals.code_module,
        code_presentation=totals.code_presentation,
        learners=totals.learners,
        submissions=totals.submissions,
        scored=totals.scored,
        weighted_sum=totals.weighted_sum,
    )
