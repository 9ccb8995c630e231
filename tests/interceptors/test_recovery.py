from __future__ import annotations

import asyncio
import io
import json
import random

import pytest
import structlog
from interceptors.hand import new_call, run
from structlog.testing import capture_logs

from trunkline.errors import Code, Internal, NotFound
from trunkline.interceptors.recovery import Recovery
from trunkline.telemetry.logs import configure


def recovery():
    return Recovery(getrandbits=random.Random(7).getrandbits)


@pytest.mark.parametrize(
    "error", [KeyError("password=hunter2"), TimeoutError("hunter2"), ExceptionGroup("hunter2", [ValueError()])]
)
def test_an_unexpected_error_leaves_as_internal_and_leaks_nothing(error):
    call = new_call()
    with capture_logs() as lines:
        final = run([recovery()], call, error)
    assert isinstance(final, Internal)
    assert call.code is Code.INTERNAL
    assert final.reason == "UNEXPECTED"
    assert "hunter2" not in f"{final} {final.message} {final.metadata}"
    assert type(error).__name__ not in f"{final} {final.metadata}"
    assert final.metadata["error_id"] in final.message
    assert lines[0]["error_id"] == final.metadata["error_id"]


def test_two_errors_have_two_ids():
    interceptor = recovery()
    with capture_logs() as lines:
        run([interceptor], new_call(), KeyError("a"))
        run([interceptor], new_call(), KeyError("a"))
    assert lines[0]["error_id"] != lines[1]["error_id"]


@pytest.mark.parametrize("error", [NotFound("NO_USER"), asyncio.CancelledError(), SystemExit(1)])
def test_errors_of_the_mesh_and_the_end_of_the_task_pass_unchanged(error):
    with capture_logs() as lines:
        assert run([recovery()], new_call(), error) is error
    assert lines == []


def test_the_log_has_the_traceback_and_the_call():
    stream = io.StringIO()
    configure(level="info", format="json", component="accounts", stream=stream)
    call = new_call()
    call.trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    try:
        raise ValueError("the cause in full")
    except ValueError as error:
        final = run([recovery()], call, error)
    structlog.reset_defaults()
    line = json.loads(stream.getvalue())
    assert line["level"] == "error"
    assert line["error_id"] == final.metadata["error_id"]
    assert line["trace_id"] == "a" * 32
    assert "ValueError: the cause in full" in line["exception"]
