from __future__ import annotations

import asyncio

import pytest
from interceptors.hand import ECHO, new_call, run

from trunkline.call import Side
from trunkline.errors import Code, NotFound
from trunkline.interceptors.metrics import Metrics
from trunkline.telemetry.metrics import CallMetrics
from trunkline.testing.clock import ManualClock

NAME = ECHO.removeprefix("/")


@pytest.mark.parametrize("side", list(Side))
def test_every_outcome_is_counted_apart(side):
    metrics, clock = CallMetrics(), ManualClock()
    interceptor = Metrics(metrics, clock)
    for error in (None, None, NotFound("NO_USER"), asyncio.CancelledError()):
        run([interceptor], new_call(side), error, inside=lambda: clock.advance(0.003))
    counted = {(one.side, one.method, one.code): one.count for one in metrics.snapshot()}
    assert counted == {(side, NAME, Code.OK): 2, (side, NAME, Code.CANCELLED): 1, (side, NAME, Code.NOT_FOUND): 1}
    assert sum(one.total for one in metrics.snapshot()) == pytest.approx(0.012)


def test_a_call_is_in_flight_until_it_ends_however_it_ends():
    metrics = CallMetrics()
    interceptor = Metrics(metrics, ManualClock())
    seen = []
    for error in (None, KeyError("x"), asyncio.CancelledError()):
        run([interceptor], new_call(), error, inside=lambda: seen.append(metrics.active()[Side.SERVER, NAME]))
    assert seen == [1, 1, 1]
    assert metrics.active() == {(Side.SERVER, NAME): 0}


def test_attempts_beyond_the_first_count_as_retries_of_one_call():
    metrics = CallMetrics()
    call = new_call(Side.CLIENT)
    call.attempt = 3
    run([Metrics(metrics, ManualClock())], call)
    (stats,) = metrics.snapshot()
    assert (stats.count, stats.retries) == (1, 2)
