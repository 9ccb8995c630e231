"""What gRPC logs while it frees an object, made safe to keep.

`grpc.aio` logs a server that is freed without having run and been stopped, at debug level and with the dying object
itself among the arguments. Whoever keeps that record (pytest does, and handlers that buffer) keeps a reference to freed
memory: the process crashes in some later garbage collection, far from the cause.
"""

from __future__ import annotations

import logging

LOGGER = "grpc._cython.cygrpc"
"""What the compiled part of gRPC logs to."""

_PLAIN = (str, int, float)


def guard_log() -> None:
    """Let no record of gRPC's compiled part hold one of its objects, whichever handlers there are. May be repeated."""
    logging.getLogger(LOGGER).addFilter(as_text)


def as_text(record: logging.LogRecord) -> bool:
    """Put text in place of each object among the arguments of `record`; numbers stay, for %d. Always True."""
    if isinstance(record.args, tuple):
        record.args = tuple(arg if isinstance(arg, _PLAIN) else str(arg) for arg in record.args)
    return True
