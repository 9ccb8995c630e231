import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from trunkline.config import Settings

SOURCE = Path(__file__).parents[2] / "src"


def test_secrets_are_masked_and_never_printed():
    settings = Settings(component="me", database="postgresql://me:hunter2@db/x")
    assert settings.shown()["database"] == "***"
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.shown())
    assert Settings(component="me").shown()["database"] == ""


def test_every_setting_is_shown_as_text_under_its_dotted_key():
    shown = Settings(component="me", needs=("a",)).shown()
    assert shown["tracing.sample_ratio"] == "0.1"
    assert shown["needs"] == '["a"]'
    assert shown["reflection"] == "true"
    assert shown["listen"] == ""
    assert shown.keys() == Settings(component="me").sources().keys()


@pytest.mark.parametrize(("environment", "on"), [("development", True), ("staging", False), ("production", False)])
def test_reflection_and_checked_responses_are_on_in_development_only(environment, on: bool):
    settings = Settings(component="me", environment=environment)
    assert (settings.reflection, settings.validate_responses) == (on, on)
    assert Settings(component="me", environment=environment, reflection=not on).reflection is not on


def test_settings_do_not_change():
    settings = Settings(component="me")
    with pytest.raises(ValidationError):
        settings.mesh = "other"
    with pytest.raises(ValidationError):
        settings.log.level = "debug"


def test_reading_configuration_needs_neither_grpc_nor_yaml():
    program = (
        "import sys, trunkline.config; print({'grpc', 'yaml', 'structlog', 'pydantic_settings'} & set(sys.modules))"
    )
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
