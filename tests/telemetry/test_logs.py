from __future__ import annotations

import io
import json
import logging
from contextvars import copy_context
from datetime import UTC, datetime

import pytest
import structlog
from interceptors.hand import new_call

from trunkline.api.identity.v1.identity_pb2 import IssuedToken
from trunkline.call import serving
from trunkline.telemetry.daily import DailyFile
from trunkline.telemetry.logs import configure

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"


@pytest.fixture
def root():
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield root
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture
def written(root):
    """Configure the log as told; return a function that reads the lines back."""
    stream = io.StringIO()

    def start(**options):
        configure(**({"level": "info", "format": "json", "component": "accounts", "stream": stream} | options))
        return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]

    start.stream = stream
    return start


def test_a_line_says_when_who_and_how_bad(written):
    lines = written(instance="1")
    structlog.get_logger("mine").warning("low on space", left=3)
    (line,) = lines()
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo == UTC
    assert line == {
        "event": "low on space",
        "level": "warning",
        "logger": "mine",
        "component": "accounts",
        "instance": "1",
        "left": 3,
    }


def test_lines_of_the_standard_library_look_the_same(written):
    lines = written()
    logging.getLogger("theirs").error("%s is gone", "disk", extra={"left": 0})
    (line,) = lines()
    assert (line["event"], line["level"], line["logger"], line["left"]) == ("disk is gone", "error", "theirs", 0)
    assert line["component"] == "accounts"


def test_what_is_below_the_level_is_not_written(written):
    lines = written(level="warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("theirs").info("quiet")
    assert lines() == []


@pytest.mark.parametrize("log", [lambda: structlog.get_logger().info("x"), lambda: logging.getLogger().error("x")])
def test_a_line_within_a_handler_belongs_to_its_call(written, log):
    lines = written()
    call = new_call()
    call.trace, call.correlation_id = TRACE, "order-7"

    def handler():
        serving.set(call)
        log()

    copy_context().run(handler)
    (line,) = lines()
    assert (line["trace_id"], line["span_id"], line["correlation_id"]) == ("a" * 32, "b" * 16, "order-7")


def test_a_line_that_names_its_call_keeps_that_name(written):
    lines = written()
    call = new_call()
    call.trace = TRACE

    def handler():
        serving.set(call)
        structlog.get_logger().info("x", trace_id="mine")

    copy_context().run(handler)
    assert lines()[0]["trace_id"] == "mine"


def test_no_token_is_ever_printed(written):
    written()
    token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
    log = structlog.get_logger()
    log.info(f"sent Bearer {token}", authorization=token, metadata=[("authorization", token)])
    log.info("message", response=IssuedToken(access_token=token))
    logging.getLogger("theirs").error("refused %s", token)
    try:
        raise ValueError(f"cannot read {token}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("theirs").exception("failed")
    text = written.stream.getvalue()
    assert text.count("ValueError: cannot read ***") == 2
    assert token not in text


def test_configuring_again_replaces_what_was_before(written):
    written()
    lines = written(component="activity")
    logging.getLogger("theirs").error("x")
    assert [line["component"] for line in lines()] == ["activity"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("variable", "coloured"), [("", True), ("1", False)])
def test_on_a_terminal_people_read_it(written, monkeypatch, variable, coloured):
    monkeypatch.setenv("NO_COLOR", variable)
    stream = Terminal()
    written(format="auto", stream=stream)
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger().exception("failed")
    text = stream.getvalue()
    assert not text.startswith("{")
    assert "ValueError: no" in text
    assert ("\x1b[" in text) == coloured


def test_elsewhere_auto_is_json(written):
    lines = written(format="auto")
    structlog.get_logger().info("x")
    assert lines()[0]["event"] == "x"


def test_with_a_file_the_lines_go_there_as_well_as_json(written, root, tmp_path):
    written(format="console", file=tmp_path / "accounts.log")
    structlog.get_logger("mine").info("hello", token="hunter2hunter2")
    logging.getLogger("theirs").warning("there")
    said = [json.loads(line) for line in (tmp_path / "accounts.log").read_text().splitlines()]
    assert [(line["event"], line["component"]) for line in said] == [("hello", "accounts"), ("there", "accounts")]
    assert said[0]["token"] == "***"
    assert "hello" in written.stream.getvalue()
    written()
    assert not any(isinstance(handler, DailyFile) for handler in root.handlers)
