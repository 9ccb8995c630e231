"""The log of a process: one line an event on standard error, each told which call it belongs to."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any, Literal, TextIO

import structlog
from structlog.stdlib import ExtraAdder, LoggerFactory, ProcessorFormatter

from trunkline.call import serving
from trunkline.telemetry.daily import DailyFile
from trunkline.telemetry.hidden import without_hidden
from trunkline.telemetry.redact import is_secret, without_secrets

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

    from structlog.typing import Processor

    Fields = MutableMapping[str, Any]

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "json", "console"]


def configure(
    *,
    level: Level,
    format: Format,  # noqa: A002 - the name of the setting
    component: str,
    instance: str = "",
    stream: TextIO | None = None,
    file: Path | None = None,
    retention_days: int = 30,
) -> None:
    """Send all lines of this process, structlog's and the standard library's, to `stream` (default: standard error).

    `auto` is readable text on a terminal and JSON elsewhere. To `file` they go as well, as JSON; it is renamed at
    midnight UTC, and `retention_days` of its predecessors are kept. May be called again; the last call holds, though
    not for structlog loggers that have written before. Raises OSError where the file cannot be written.
    """
    stream = stream or sys.stderr
    shared = _shared(component, instance)
    handlers: list[logging.Handler] = [_rendering(logging.StreamHandler(stream), shared, _renderer(format, stream))]
    if file is not None:
        handlers.append(_rendering(DailyFile(file, keep=retention_days), shared, _renderer("json", stream)))
    root = logging.getLogger()
    for former in [one for one in root.handlers if isinstance(one.formatter, ProcessorFormatter)]:
        root.removeHandler(former)
        if isinstance(former, DailyFile):
            former.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )


def prepare() -> None:
    """Send structlog's lines, masked, to the standard library's logging, where nobody has said where they should go.

    A program that embeds a mesh keeps its own logging: levels, handlers and form are what it has set up.
    """
    if not structlog.is_configured():
        structlog.configure(
            processors=[*_shared("", ""), structlog.processors.LogfmtRenderer(key_order=["event"])],
            logger_factory=LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
        )


def _shared(component: str, instance: str) -> list[Processor]:
    identity = {"component": component, "instance": instance}
    known = {key: value for key, value in identity.items() if value}

    def identify(_logger: Any, _name: str, fields: Fields) -> Fields:
        for key, value in known.items():
            fields.setdefault(key, value)
        return fields

    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        identify,
        correlate,
        tell_exception,
        mask,
    ]


def _rendering(handler: logging.Handler, shared: list[Processor], renderer: Processor) -> logging.Handler:
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[ExtraAdder(), *shared],
            processors=[ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    return handler


def _renderer(chosen: Format, stream: TextIO) -> Processor:
    if chosen == "json" or (chosen == "auto" and not stream.isatty()):
        return structlog.processors.JSONRenderer()
    colors = stream.isatty() and not os.environ.get("NO_COLOR")
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)


def correlate(_logger: Any, _name: str, fields: Fields) -> Fields:
    """Add the ids of the call being served, where the line says no others."""
    call = serving.get()
    if call is not None and call.trace:
        fields.setdefault("trace_id", call.trace_id)
        fields.setdefault("span_id", call.trace[36:52])
        fields.setdefault("correlation_id", call.correlation_id)
    return fields


def tell_exception(logger: Any, name: str, fields: Fields) -> Fields:
    """Put a traceback into the line, without what the contracts hide."""
    about = fields.get("exc_info")
    error = about if isinstance(about, BaseException) else about[1] if isinstance(about, tuple) else None
    if about and error is None:
        error = sys.exc_info()[1]
    told = structlog.processors.format_exc_info(logger, name, fields)
    if "exception" in told:
        told["exception"] = without_hidden(told["exception"], error)
    return told


def mask(_logger: Any, _name: str, fields: Fields) -> Fields:
    """Hide tokens and secrets, wherever in the line they stand."""
    for key, value in fields.items():
        fields[key] = "***" if is_secret(key) else without_secrets(value)
    return fields
