import asyncio
import socket

from trunkline.cli.waiting import wait_for_all
from trunkline.config.address import join_address
from trunkline.supervisor.target import Target

MESH = """\
mesh: tests
backbone: {{address: "{}"}}
components:
  accounts: {{address: "127.0.0.1:1"}}
  client: {{}}
"""


async def test_it_ends_when_all_are_ready(trunkline, served):
    await served.says("readiness", "SERVING")
    done = await trunkline("wait", served.address, "--timeout", "10s")
    assert (done.status, done.out) == (0, "")
    assert done.err == f"waiting for {served.address}\n{served.address} is ready\n"


async def test_components_go_by_the_names_of_the_mesh_file(trunkline, served, tmp_path):
    await served.says("readiness", "SERVING")
    (tmp_path / "trunkline.yaml").write_text(MESH.format(served.address))
    done = await trunkline("wait", "backbone", "--timeout", "10s")
    assert (done.status, done.err) == (0, "waiting for backbone\nbackbone is ready\n")


async def test_those_that_are_late_are_named_with_why(trunkline, served):
    await served.says("readiness", "NOT_SERVING")
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        nobody = join_address(*unheard.getsockname())
        done = await trunkline("wait", served.address, nobody, "--timeout", "1s")
    assert done.status == 1
    last = done.err.splitlines()[-1]
    assert last.startswith("not ready after 1 s: ")
    assert f"{served.address} (NOT_SERVING)" in last
    assert f"{nobody} (connection refused)" in last


async def test_an_unknown_component_is_a_fault_of_the_command_line(trunkline, served, tmp_path):
    (tmp_path / "trunkline.yaml").write_text(MESH.format(served.address))
    done = await trunkline("wait", "acounts")
    assert done.status == 2
    assert done.err == "trunkline.yaml: no component 'acounts' with an address; did you mean 'accounts'?\n"
    client = await trunkline("wait", "client")
    assert (client.status, client.err) == (2, "trunkline.yaml: no component 'client' with an address\n")


async def test_a_component_without_a_mesh_file_and_a_bad_address_are_one_line(trunkline):
    nowhere = await trunkline("wait", "accounts")
    assert (nowhere.status, nowhere.err) == (2, "no trunkline.yaml here: no component 'accounts' with an address\n")
    bad = await trunkline("wait", "accounts:http")
    assert (bad.status, bad.err) == (2, "'accounts:http' is not host:port, such as 127.0.0.1:7400\n")


async def test_a_server_that_turns_ready_late_is_noticed(served, capsys):
    await served.says("readiness", "NOT_SERVING")
    waiting = asyncio.create_task(wait_for_all({"late": Target(served.address)}, service="readiness", timeout=20))
    asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(served.says("readiness", "SERVING")))
    assert await waiting == {}
    assert capsys.readouterr().err == "waiting for late\nlate is ready\n"


async def test_a_server_that_starts_late_is_noticed(serving):
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        address = join_address(*reserved.getsockname())
    waiting = asyncio.create_task(wait_for_all({"late": Target(address)}, service="", timeout=20))
    await asyncio.sleep(0)
    await serving(address=address)
    assert await waiting == {}
