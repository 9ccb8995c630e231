"""What is not loaded before it is needed: start-up and memory, held without measuring either."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
LIBRARIES = (
    "cryptography",
    "google.protobuf",
    "grpc",
    "jwt",
    "limits",
    "opentelemetry",
    "protovalidate",
    "pydantic",
    "rich",
    "sqlalchemy",
    "structlog",
    "yaml",
)
# What a component may need one day: exporters, the command line, other ways to log, to store and to sign.
LATER = (
    "jwt",
    "limits",
    "nats",
    "opentelemetry.exporter",
    "opentelemetry.instrumentation",
    "opentelemetry.sdk",
    "prometheus_client",
    "protovalidate",
    "pydantic_settings",
    "sqlalchemy",
    "trunkline.app",
    "trunkline.cli",
    "trunkline.supervisor",
    "trunkline.sync",
    "typer",
    "yaml",
)


def loaded(program: str) -> set[str]:
    """The modules, and the packages they are in, that a fresh process has loaded after `program`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_trunkline_loads_no_library():
    assert loaded("import trunkline").isdisjoint({*LIBRARIES, "asyncio", "typer"})


def test_the_command_line_loads_no_library_but_its_own():
    assert loaded("import trunkline.cli.app").isdisjoint({*LIBRARIES, "asyncio"})


def test_the_nouns_need_no_library():
    assert loaded("from trunkline import Call, Deadline, NotFound, SystemClock").isdisjoint({*LIBRARIES, "asyncio"})


def test_a_mesh_loads_only_what_every_component_runs():
    assert loaded("from trunkline import Mesh").isdisjoint(LATER)


@pytest.mark.parametrize("component", ["accounts", "activity", "progress"])
def test_a_component_of_campus_loads_no_dialect_it_does_not_speak(component: str):
    modules = loaded(f"import campus.{component}")
    assert "sqlalchemy.dialects.sqlite" in modules
    assert modules.isdisjoint({"sqlalchemy.dialects.postgresql", "asyncpg"})


def test_whoever_only_verifies_tokens_loads_neither_certificates_nor_what_signs_them():
    modules = loaded("from trunkline.identity.client import Verifier")
    assert "cryptography" in modules
    assert modules.isdisjoint({"jwt", "cryptography.x509", "http.client"})
