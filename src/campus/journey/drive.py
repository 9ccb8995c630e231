"""Brings learners through the campus by real calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.activity.v1.activity_pb2_grpc import ActivityServiceStub
from trunkline import DeadlineExceeded, MeshError, ResourceExhausted, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from random import Random

    import grpc.aio

    from campus.journey.learners import Learner, Step
    from campus.journey.tally import Tally
    from trunkline import Clock

    Send = Callable[[Any], Awaitable[Any]]

IN_FLIGHT = 32
# Seconds for which a call is sent again and again; a component that was killed is back long before.
PATIENCE = 60.0
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
PASSING = (Unavailable, DeadlineExceeded, ResourceExhausted, Unauthenticated)
"""Failures that pass by themselves. Every call of the drive may be sent again, whatever became of the last."""


class DriveError(Exception):
    """A row that the campus does not take. One line."""


class Drive:
    """Makes the calls of many learners, at most `in_flight` at a time; those of one learner in their order."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        *,
        tally: Tally,
        clock: Clock,
        random: Random,
        in_flight: int = IN_FLIGHT,
        patience: float = PATIENCE,
    ) -> None:
        self._stubs = (AccountsServiceStub(channel), ActivityServiceStub(channel))
        self._tally = tally
        self._clock = clock
        self._random = random
        self._in_flight = in_flight
        self._patience = patience

    async def run(self, learners: Iterable[Learner]) -> None:
        """Return when every call has succeeded. Raises DriveError at the first that cannot."""
        # All workers take from one iterator: a learner is taken up when somebody is free, so nothing piles up.
        shared = iter(learners)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._in_flight):
                    group.create_task(self._work(shared))
        except* DriveError as failed:
            raise failed.exceptions[0] from None

    async def _work(self, shared: Iterator[Learner]) -> None:
        for learner in shared:
            for step in learner.steps():
                await self._send(step)
                self._tally.add(step.method)

    async def _send(self, step: Step) -> None:
        send = self._method(step.method)
        given_up_at = self._clock.monotonic() + self._patience
        pause = FIRST_PAUSE
        while True:
            try:
                await send(step.request)
            except PASSING as error:
                if self._clock.monotonic() >= given_up_at:
                    raise DriveError(f"{step.row}: {step.method} failed for {self._patience:g} s: {error}") from None
                wait = max(self._random.uniform(0, pause), error.retry_after or 0)
            except MeshError as error:
                raise DriveError(f"{step.row}: {step.method}: {error}") from None
            else:
                return
            self._tally.resent += 1
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _method(self, name: str) -> Send:
        owner = next(stub for stub in self._stubs if hasattr(stub, name))
        send: Send = getattr(owner, name)
        return send
