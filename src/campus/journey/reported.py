"""The totals as the campus itself reports them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campus.api.activity.v1 import activity_pb2 as activity
from campus.api.activity.v1.activity_pb2_grpc import ActivityServiceStub
from campus.api.progress.v1 import progress_pb2 as progress
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from campus.journey.totals import Totals, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    import grpc.aio


async def reported(channel: grpc.aio.Channel) -> tuple[dict[str, Totals], list[str]]:
    """Ask activity and progress. Return their totals together, and a line for each count on which the two disagree."""
    taken_in = await ActivityServiceStub(channel).GetTotals(activity.GetTotalsRequest())
    recorded = await ProgressServiceStub(channel).GetTotals(progress.GetTotalsRequest())
    return together(taken_in.totals, recorded.totals)


def together(
    taken_in: Iterable[activity.ActivityTotals], recorded: Iterable[progress.ProgressTotals]
) -> tuple[dict[str, Totals], list[str]]:
    """Join what activity has taken in with what progress has recorded, by `code_module/code_presentation`.

    Both count the submissions; where they disagree activity's count is in the totals and a line tells of it.
    """
    sessions = {f"{one.presentation.code_module}/{one.presentation.code_presentation}": one for one in taken_in}
    scores = {f"{one.code_module}/{one.code_presentation}": one for one in recorded}
    totals = {}
    disagreements = []
    for key in sorted({*sessions, *scores}):
        held = sessions.get(key, activity.ActivityTotals())
        score = scores.get(key, progress.ProgressTotals())
        totals[key] = _join(held, score)
        if held.submissions != score.submissions:
            counts = f"{held.submissions:,} submissions, progress recorded {score.submissions:,}"
            disagreements.append(f"{key}: activity has taken in {counts}")
    return totals, disagreements


def _join(held: activity.ActivityTotals, score: progress.ProgressTotals) -> Totals:
    return Totals(
        learners=held.learners,
        sessions_active=held.sessions_active,
        sessions_paused=held.sessions_paused,
        sessions_completed=held.sessions_completed,
        submissions=held.submissions,
        scored=score.scored,
        weighted_sum=rounded(score.weighted_sum),
    )
