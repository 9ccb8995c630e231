from __future__ import annotations

import gc
import logging

import pytest

from trunkline.clock import SystemClock
from trunkline.runtime.freed import LOGGER, as_text
from trunkline.runtime.server import MeshServer


class Kinds(logging.Handler):
    """Keeps what each record held, not the record: what that held may be freed."""

    def __init__(self):
        super().__init__()
        self.held: list[list[type]] = []
        self.told: list[str] = []

    def emit(self, record):
        self.held.append([type(arg) for arg in record.args])
        self.told.append(record.getMessage())


@pytest.fixture
def log(caplog):
    """All that gRPC's compiled part logs."""
    caplog.set_level(logging.DEBUG, LOGGER)
    kinds = Kinds()
    logging.getLogger(LOGGER).addHandler(kinds)
    yield kinds
    logging.getLogger(LOGGER).removeHandler(kinds)


async def test_a_server_that_is_freed_before_it_ran_is_told_of_in_text_alone(log):
    server = MeshServer((), component="echo", options=(), clock=SystemClock())
    del server
    gc.collect()
    freed = [held for held, told in zip(log.held, log.told, strict=True) if "AioServer object" in told]
    assert freed  # what earlier tests left may be among them
    assert all(held == [str, int] for held in freed)


def test_a_record_reads_the_same_without_the_objects():
    dying = object()
    record = logging.LogRecord(LOGGER, logging.DEBUG, __file__, 1, "%s has %d of %s", (dying, 3, "those"), None)
    before = record.getMessage()
    assert as_text(record)
    assert record.getMessage() == before
    assert record.args == (str(dying), 3, "those")


def test_a_record_without_arguments_passes():
    record = logging.LogRecord(LOGGER, logging.DEBUG, __file__, 1, "100 %", (), None)
    assert as_text(record)
    assert record.getMessage() == "100 %"
