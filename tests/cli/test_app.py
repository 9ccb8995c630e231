import json
import subprocess
import sys

import pytest

VERBS = ("up", "run", "serve", "health", "wait", "contracts", "token", "keys", "credentials", "version")
HEAVY = ("grpc", "pydantic", "structlog", "opentelemetry", "google.protobuf", "yaml", "asyncio")


async def test_help_names_every_verb_and_the_exit_statuses(trunkline):
    done = await trunkline("--help")
    assert done.status == 0
    assert all(f" {verb} " in done.out for verb in VERBS)
    assert "Exit status: 0 done; 1 it failed; 2 wrong" in done.out


@pytest.mark.parametrize("verb", VERBS)
async def test_each_verb_explains_itself(trunkline, verb: str):
    done = await trunkline(verb, "--help")
    assert done.status == 0
    assert f"trunkline {verb}" in done.out


def test_nothing_heavy_is_imported_to_show_help(quiet):
    program = f"import sys, trunkline.cli.app; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], env=quiet, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_without_colour_there_is_none(trunkline):
    done = await trunkline("--help", NO_COLOR="1", FORCE_COLOR="1")
    assert "\x1b[3" not in done.out


async def test_an_unknown_verb_is_wrong_usage(trunkline):
    done = await trunkline("upp")
    assert (done.status, done.out) == (2, "")
    assert "upp" in done.err


async def test_version_is_data(trunkline):
    done = await trunkline("version", "-o", "json")
    assert list(json.loads(done.out)) == ["trunkline", "python", "grpcio", "protobuf"]
    table = await trunkline("version")
    assert all(word in table.out for word in ("package", "grpcio", json.loads(done.out)["grpcio"]))
    assert (table.err, done.err) == ("", "")
