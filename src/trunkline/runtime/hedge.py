"""A second copy of a slow call: the first answer wins, the loser is cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.runtime import status

if TYPE_CHECKING:
    from trunkline.runtime.caller import Attempts


async def hedged(attempts: Attempts, request: Any) -> Any:
    """Send copies of the call, each `delay` seconds after the last, until one has answered.

    A copy that finds nobody brings the next one forward; any other failure stands for all. Copies after the first are
    paid from the retry budget. Raises the error of the last copy where all failed.
    """
    policy = attempts.call.method.policy.hedge
    assert policy is not None
    running: set[asyncio.Task[Any]] = set()
    sent = 0
    failure: BaseException | None = None
    try:
        while True:
            if sent < policy.max_attempts and (sent == 0 or attempts.spare()):
                running.add(asyncio.ensure_future(_one(attempts.start(request))))
                sent += 1
            else:
                sent = policy.max_attempts
            if not running:
                assert failure is not None
                raise failure
            wait = policy.delay if sent < policy.max_attempts else None
            done, running = await asyncio.wait(running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (failure := task.exception()) is None:
                    return task.result()
                if not isinstance(failure, grpc.aio.AioRpcError) or not _passing(failure):
                    raise failure
    finally:
        for task in running:
            task.cancel()


def _passing(failure: grpc.aio.AioRpcError) -> bool:
    """Whether another copy may fare better: nobody was there, and nobody asked to be left alone."""
    asked = status.pushback(failure.trailing_metadata() or ())
    return failure.code() is grpc.StatusCode.UNAVAILABLE and (asked is None or asked >= 0.0)


async def _one(raw: Any) -> Any:
    return await raw
