"""The verbs on the real thing: a backbone and a component that does next to nothing."""

import asyncio
import json
import re
import signal
import socket
import sys

import pytest

MESH = """\
mesh: tests
backbone: {address: "127.0.0.1:0"}
settings: {drain: {delay: 0, grace: 20}}
components:
  one: {run: "app:main", address: "127.0.0.1:0"}
"""
APP = """\
async def main(mesh):
    print("in main of", mesh.settings.component, flush=True)
    await mesh.serve()

async def broken(mesh):
    raise ValueError("a fault of the program")

async def refused(mesh):
    from trunkline import NotFound
    raise NotFound("NOBODY", "nobody is here")
"""
# A second process of a component that is up, which writes an audit log of its own.
BESIDE = {"TRUNKLINE_AUDIT__FOLDER": "beside"}


@pytest.fixture(autouse=True)
def folder(tmp_path):
    (tmp_path / "trunkline.yaml").write_text(MESH)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


@pytest.fixture
async def up(folder, quiet):
    """`trunkline up` in that folder, and what it has said until it was up."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "up"), cwd=folder, env=quiet, stderr=asyncio.subprocess.PIPE
    )
    said = ""
    while "is up" not in said:
        line = await process.stderr.readline()
        assert line, said
        said += line.decode()
    yield process, said
    if process.returncode is None:
        process.terminate()
        await process.communicate()


async def test_up_starts_the_backbone_and_the_component_and_drains_them(up):
    process, said = up
    assert re.search(r"^one +\| in main of one$", said, re.MULTILINE)
    assert re.search(r"^mesh tests is up: backbone, one in \d+\.\d s$", said, re.MULTILINE)
    process.send_signal(signal.SIGTERM)
    rest = (await process.stderr.read()).decode()
    assert (await process.wait(), "draining" in rest, "killed" in rest) == (0, True, False)


async def test_health_and_wait_see_a_mesh_that_is_up(up, trunkline, folder):
    done = await trunkline("wait", "backbone", "one", "--file", ".trunkline/mesh.yaml", "--timeout", "10s")
    assert done.status == 0
    port = re.search(r"one:\s+.*?127\.0\.0\.1:(\d+)", (folder / ".trunkline" / "mesh.yaml").read_text(), re.DOTALL)[1]
    for service in ("", "liveness", "readiness"):
        healthy = await trunkline("health", f"-addr=127.0.0.1:{port}", "-service", service, "-connect-timeout=5s")
        assert (healthy.status, healthy.out) == (0, "status: SERVING\n")


async def test_a_second_up_in_the_same_place_is_refused(up, trunkline, folder):
    done = await trunkline("up", "--file", ".trunkline/mesh.yaml")
    assert done.status == 1
    assert re.fullmatch(
        r"backbone: 127\.0\.0\.1:\d+ is taken; one: 127\.0\.0\.1:\d+ is taken; nothing was started\. .*\n", done.err
    )


async def test_a_fault_of_the_program_keeps_its_traceback(up, trunkline):
    done = await trunkline("run", "app:broken", "-c", "one", "--file", ".trunkline/mesh.yaml", **BESIDE)
    assert done.status == 1
    assert "Traceback" in done.err
    assert "ValueError: a fault of the program" in done.err


async def test_an_error_of_the_mesh_is_one_line(up, trunkline):
    done = await trunkline("run", "app:refused", "-c", "one", "--file", ".trunkline/mesh.yaml", **BESIDE)
    assert (done.status, done.out) == (1, "")
    assert done.err == "NOT_FOUND NOBODY: nobody is here\n"


@pytest.mark.parametrize("verb", [("serve",), ("run", "app:main")])
async def test_a_port_that_is_taken_is_one_line(trunkline, folder, verb: tuple[str, ...]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = MESH.replace('backbone: {address: "127.0.0.1:0"}', 'backbone: {address: "127.0.0.1:1"}')
        (folder / "trunkline.yaml").write_text(text.replace("127.0.0.1:0", "127.0.0.1:2"))
        secrets = folder / ".trunkline" / "secrets"
        secrets.mkdir(parents=True)
        (secrets / "one").write_text("x" * 43)
        done = await trunkline(*verb, TRUNKLINE_LISTEN=f"127.0.0.1:{port}")
    assert done.status == 1
    assert re.search(rf" cannot listen on 127\.0\.0\.1:{port}: .*taken", done.err.splitlines()[-1])
    assert "Traceback" not in done.err
    assert [line for line in done.err.splitlines() if str(port) in line] == done.err.splitlines()[-1:]


async def test_logs_of_components_are_json_where_they_are_told_so(folder, trunkline, quiet):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "up"), cwd=folder, env=quiet | {"TRUNKLINE_LOG__FORMAT": "json"},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said: list[str] = []
    while not any("is up" in line for line in said):
        said.append((await process.stderr.readline()).decode())
        assert said[-1], said
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
    logged = [line.partition("| ")[2] for line in said if re.match(r"\w+ +\| \{", line)]
    assert all(json.loads(line) for line in logged)
