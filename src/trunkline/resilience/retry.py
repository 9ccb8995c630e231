"""Whether a failed attempt is followed by another, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.resilience.backoff import full_jitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.errors import Code
    from trunkline.policy import RetryPolicy

UNSENT_ATTEMPTS = 5
"""Attempts of a call that no handler has seen, where the contract allows fewer: repeating those repeats no work."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How one attempt failed. `unsent`: nothing was done with it; `pushback`: seconds the server asked to wait."""

    code: Code
    unsent: bool = False
    pushback: float | None = None


def next_delay(
    failure: Failure,
    policy: RetryPolicy | None,
    *,
    attempt: int,
    attempts_left: int | None,
    time_left: float,
    random: Callable[[], float],
) -> float | None:
    """Return the seconds until the next attempt, None to give up.

    `attempt` is the number of the one that failed (from 1); `attempts_left` what the call this one serves has itself in
    reserve (None: unknown), which no call below it may exceed; `time_left` the seconds to the deadline.
    """
    allowed = policy.max_attempts if policy else 1
    if attempts_left is not None:
        allowed = min(allowed, attempts_left + 1)
    if failure.unsent:
        allowed = max(allowed, UNSENT_ATTEMPTS)
    if attempt >= allowed or (failure.pushback is not None and failure.pushback < 0):
        return None
    if not failure.unsent and (policy is None or failure.code not in policy.codes):
        return None
    delay = failure.pushback if failure.pushback is not None else _pause(policy, attempt, random)
    return delay if delay < time_left else None


def _pause(policy: RetryPolicy | None, attempt: int, random: Callable[[], float]) -> float:
    initial, maximum = (policy.initial_backoff, policy.max_backoff) if policy else (0.05, 1.0)
    return full_jitter(attempt, initial=initial, maximum=maximum, random=random)
