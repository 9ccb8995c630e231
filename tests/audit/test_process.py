from __future__ import annotations

import pytest
from audit.conftest import event, verdict_on

from trunkline.audit.folder import Series
from trunkline.audit.process import audit_of, folder_of
from trunkline.config import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(component="accounts", data_dir=tmp_path, listen="127.0.0.1:0")


async def test_a_process_that_serves_keeps_its_log_in_the_data_directory(settings, clock, tmp_path):
    counters = []
    async with audit_of(settings, clock, counter=lambda *told: counters.append(told)) as audit:
        await audit.write(event())
    assert verdict_on(Series(tmp_path / "audit", "accounts")).records == 2
    assert [(name, read()) for name, _, read in counters] == [("trunkline_audit_dropped", 0)]


async def test_a_process_that_only_calls_has_none(settings, clock, tmp_path):
    async with audit_of(settings.model_copy(update={"listen": None}), clock, counter=lambda *_: None) as audit:
        await audit.write(event())
        audit.note(event())
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_where_the_settings_say(settings, tmp_path):
    elsewhere = Settings(component="accounts", audit={"folder": tmp_path / "elsewhere"})
    assert folder_of(elsewhere) == tmp_path / "elsewhere"
    assert folder_of(settings) == tmp_path / "audit"
