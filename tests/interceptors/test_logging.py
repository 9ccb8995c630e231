from __future__ import annotations

import asyncio
import dataclasses

import pytest
from interceptors.hand import EXPAND, new_call, run
from structlog.testing import capture_logs

from trunkline.call import Call, Principal, Side
from trunkline.errors import (
    Code,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unavailable,
)
from trunkline.interceptors.logging import Logging
from trunkline.testing.clock import ManualClock

NEVER = 1_000_000


def lines_of(calls, *, one_in=NEVER, slow=1.0, takes=0.0, error=None, bound=True):
    """Take calls through one interceptor; return the lines written, without that of the first good call."""
    clock = ManualClock()
    interceptor = Logging(one_in=one_in, slow=slow, clock=clock).bind(calls[0].method, calls[0].side)
    if one_in == NEVER:
        with capture_logs():
            run([interceptor], new_call(calls[0].side))
    with capture_logs() as lines:
        for call in calls:
            run([interceptor], call, error, inside=lambda: clock.advance(takes))
    return lines


def test_a_quick_good_call_writes_nothing():
    assert lines_of([new_call()]) == []


def test_of_good_calls_the_first_and_then_every_nth_is_logged():
    calls = [new_call() for _ in range(9)]
    for number, call in enumerate(calls):
        call.correlation_id = str(number)
    assert [line["correlation_id"] for line in lines_of(calls, one_in=4)] == ["0", "4", "8"]


def test_a_slow_call_is_a_warning():
    (line,) = lines_of([new_call()], slow=0.5, takes=0.6)
    assert (line["event"], line["log_level"], line["ms"]) == ("call was slow", "warning", 600.0)


def test_a_stream_is_never_slow():
    assert lines_of([new_call(path=EXPAND)], takes=3600.0) == []


def test_every_call_of_an_audited_method_is_logged():
    plain = new_call()
    audited = dataclasses.replace(plain.method, policy=dataclasses.replace(plain.method.policy, audit=True))
    calls = [Call(audited, Side.SERVER) for _ in range(3)]
    for call in calls:
        call.principal = Principal("activity")
    lines = lines_of(calls)
    assert [(line["caller"], line["code"]) for line in lines] == [("activity", "OK")] * 3


@pytest.mark.parametrize(
    ("error", "served", "made"),
    [
        (Internal("BUG"), "error", "warning"),
        (DeadlineExceeded("DEADLINE"), "error", "warning"),
        (Unavailable("NO_DISK"), "error", "warning"),
        (Unavailable("DRAINING", refused=True), "info", "info"),
        (KeyError("x"), "error", "warning"),
        (PermissionDenied("SCOPE_MISSING"), "warning", "warning"),
        (ResourceExhausted("FULL"), "warning", "warning"),
        (NotFound("NO_USER"), "info", "info"),
        (FailedPrecondition("CLOSED"), "info", "info"),
        (asyncio.CancelledError(), "debug", "debug"),
    ],
)
def test_the_level_says_whose_fault_it_was(error, served, made):
    assert [line["log_level"] for line in lines_of([new_call(Side.SERVER)], error=error)] == [served]
    assert [line["log_level"] for line in lines_of([new_call(Side.CLIENT)], error=error)] == [made]


def test_a_line_tells_the_call_and_leaves_out_what_is_empty():
    call = new_call(Side.CLIENT)
    call.component, call.attempt, call.trace = "accounts", 2, "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    (line,) = lines_of([call], error=NotFound("NO_USER", "user 7 is not known"))
    assert line == {
        "event": "call failed",
        "log_level": "info",
        "side": "client",
        "method": "trunkline.api.testing.v1.EchoService/Echo",
        "code": Code.NOT_FOUND.name,
        "callee": "accounts",
        "attempts": 2,
        "reason": "NO_USER",
        "error": "user 7 is not known",
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "ms": 0.0,
    }


def test_a_foreign_error_is_told_by_its_type_alone():
    (line,) = lines_of([new_call()], error=KeyError("password=hunter2"))
    assert line["error"] == "KeyError"
    assert "hunter2" not in str(line)
