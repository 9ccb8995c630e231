"""The verbs on a mesh that speaks TLS alone."""

import asyncio
import re
import sys

import pytest

MESH = """\
mesh: tests
backbone: {address: "127.0.0.1:0"}
settings: {drain: {delay: 0}, tls: {mode: mutual}}
components:
  one: {run: "app:main", address: "127.0.0.1:0"}
"""
APP = """\
async def main(mesh):
    await mesh.serve()
"""


@pytest.fixture
async def up(tmp_path, quiet):
    """`trunkline up` in that folder; yields the folder once it is up."""
    (tmp_path / "trunkline.yaml").write_text(MESH)
    (tmp_path / "app.py").write_text(APP)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "up"), cwd=tmp_path, env=quiet, stderr=asyncio.subprocess.PIPE
    )
    said = b""
    while b"is up" not in said:
        line = await process.stderr.readline()
        assert line, said.decode()
        said += line
    yield tmp_path
    process.terminate()
    await process.communicate()


def address_of(folder, name):
    text = (folder / ".trunkline" / "mesh.yaml").read_text()
    return re.search(rf"^  {name}:.*?(127\.0\.0\.1:\d+)", text, re.DOTALL | re.MULTILINE)[1]


async def test_wait_shows_a_component_its_own_certificate(up, trunkline):
    for target in ("backbone", "one", address_of(up, "one")):
        done = await trunkline("wait", target, "--file", ".trunkline/mesh.yaml", "--timeout", "10s")
        assert (done.status, done.err) == (0, f"waiting for {target}\n{target} is ready\n")


async def test_health_is_told_to_who_shows_a_certificate(up, trunkline):
    tls = up / ".trunkline" / "tls"
    flags = ("-addr", address_of(up, "one"), "-connect-timeout=5s", "-service=readiness")
    shown = (
        *("-tls", "-tls-ca-cert", str(tls / "ca.crt"), "-tls-server-name", "one.tests"),
        *("-tls-client-cert", str(tls / "one" / "tls.crt"), "-tls-client-key", str(tls / "one" / "tls.key")),
    )
    done = await trunkline("health", *flags, *shown)
    assert (done.status, done.out) == (0, "status: SERVING\n")
    other = await trunkline("health", *flags, *(flag.replace("one.tests", "two.tests") for flag in shown))
    assert other.status == 2


async def test_a_certificate_that_is_not_there_is_one_line(trunkline, tmp_path):
    (tmp_path / "trunkline.yaml").write_text(MESH.replace("127.0.0.1:0", "127.0.0.1:1", 1).replace(":0", ":2"))
    done = await trunkline("wait", "one")
    assert done.status == 2
    assert re.fullmatch(
        r"FAILED_PRECONDITION CERTIFICATE_MISSING: no file \S+/ca\.crt: `trunkline up` makes it; .*\n", done.err
    )


async def test_a_component_without_a_certificate_does_not_start(trunkline, tmp_path):
    (tmp_path / "trunkline.yaml").write_text(MESH.replace("127.0.0.1:0", "127.0.0.1:1", 1).replace(":0", ":2"))
    (tmp_path / "app.py").write_text(APP)
    done = await trunkline("run", "app:main")
    assert done.status == 2
    assert done.err.startswith("FAILED_PRECONDITION CERTIFICATE_MISSING: no file ")


async def test_up_refuses_plaintext_beyond_this_machine_before_anything_starts(trunkline, tmp_path):
    text = MESH.replace("mutual", "none").replace('run: "app:main", address: "127.0.0.1:0"', 'address: "one:7401"')
    (tmp_path / "trunkline.yaml").write_text(text)
    done = await trunkline("up")
    assert done.status == 2
    assert done.err.startswith("tls: no plaintext beyond this machine, where one:7401 (one) is: ")
