import os
import signal
import socket
import stat
import sys

import pytest

from trunkline.config import ConfigError, load_mesh_file, settings_for
from trunkline.supervisor import StartError, Supervisor
from trunkline.supervisor.ports import NEXT

CHAIN = """\
  top: {run: "x:main", address: "127.0.0.1:0", needs: [middle]}
  middle: {run: "x:main", address: "127.0.0.1:0", needs: [bottom]}
  bottom: {run: "x:main", address: "127.0.0.1:0"}
  client: {needs: [top]}
"""
ONE = '  one: {run: "x:main", address: "127.0.0.1:0"}\n'


def journal(up: Supervisor, *events: str) -> list[str]:
    lines = (up.mesh_file.folder / "journal").read_text().splitlines()
    return [line for line in lines if line.split()[0] in events]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_each_begins_when_what_it_needs_is_ready_and_all_load_at_once(mesh_file, supervise):
    async with supervise(mesh_file(CHAIN)) as up:
        await up.wait_ready()
        assert up.ready.is_set()
        assert journal(up, "begun") == ["begun backbone/0", "begun bottom/0", "begun middle/0", "begun top/0"]
        serving = [
            f"{event} {name}/0" for name in ("backbone", "bottom", "middle", "top") for event in ("begun", "serving")
        ]
        assert journal(up, "begun", "serving") == serving


async def test_they_drain_in_reverse_order_and_none_is_left(mesh_file, supervise):
    async with supervise(mesh_file(CHAIN)) as up:
        await up.wait_ready()
        pids = up.pids
    assert set(pids) == {"backbone", "bottom", "middle", "top"}
    assert journal(up, "stopping") == [f"stopping {name}/0" for name in ("top", "middle", "bottom", "backbone")]
    assert up.clean
    assert up.pids == {}
    assert not any(alive(pid) for pid in pids.values())


async def test_the_resolved_mesh_is_written_for_the_children_and_for_clients(mesh_file, supervise):
    async with supervise(mesh_file(CHAIN)) as up:
        written = load_mesh_file(up.mesh_file.folder / "mesh.yaml")
        assert written == up.mesh_file
        assert ":0" not in settings_for(written, "client").backbone
        assert len({address for [address] in written.endpoints().values()}) == 4


async def test_every_component_gets_a_secret_of_its_own_that_stays(mesh_file, supervise):
    secrets = {}
    for _ in range(2):
        async with supervise(mesh_file(CHAIN)) as up:
            folder = up.mesh_file.folder / "secrets"
            found = {path.name: path.read_text() for path in folder.iterdir()}
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert set(found) == {"top", "middle", "bottom", "client"}
        assert len(set(found.values())) == 4
        assert secrets in ({}, found)
        secrets = found


async def test_what_is_killed_starts_again_and_the_others_stay(mesh_file, supervise, output):
    async with supervise(mesh_file(CHAIN)) as up:
        await up.wait_ready()
        before = up.pids
        pid = up.kill("bottom")
        await up.wait_ready()
        after = up.pids
        assert pid == before["bottom"] != after["bottom"]
        assert {name for name in before if before[name] == after[name]} == {"backbone", "middle", "top"}
        assert up.restarts == {"backbone": 0, "bottom": 1, "middle": 0, "top": 0}
    assert f"bottom (pid {pid}) was killed by SIGKILL; it starts again in 0.2 s\n" in output.getvalue()


async def test_what_ends_by_itself_starts_again_too(mesh_file, supervise, output):
    async with supervise(mesh_file(ONE)) as up:
        await up.wait_ready()
        pid = up.pids["one"]
        os.kill(pid, signal.SIGTERM)
        await output.has(f"one (pid {pid}) ended")
        await up.wait_ready()
    assert f"one (pid {pid}) ended with exit status 0; it starts again in 0.2 s\n" in output.getvalue()


async def test_lines_come_behind_the_name_of_who_wrote_them(mesh_file, supervise, output):
    async with supervise(mesh_file(ONE)) as up:
        await up.wait_ready()
    lines = output.getvalue().splitlines()
    assert "one      | hello from one" in lines
    assert "backbone | hello from backbone" in lines


async def test_several_instances_are_several_processes(mesh_file, supervise):
    two = '  two: {run: "x:main", addresses: ["127.0.0.1:0", "127.0.0.1:0"]}\n'
    async with supervise(mesh_file(two)) as up:
        await up.wait_ready()
        assert set(up.pids) == {"backbone", "two/0", "two/1"}
        assert len(set(up.mesh_file.endpoints()["two"])) == 2
        assert sorted(journal(up, "begun")) == ["begun backbone/0", "begun two/0", "begun two/1"]


async def test_what_does_not_stop_in_time_is_killed_and_said(mesh_file, supervise, output):
    stubborn = """\
  stubborn: {run: "x:main", address: "127.0.0.1:0", settings: {drain: {delay: 0, grace: 0}}}
"""
    async with supervise(mesh_file(stubborn)) as up:
        await up.wait_ready()
        pid = up.pids["stubborn"]
    assert "ignored stubborn/0" in journal(up, "ignored")
    assert "stubborn did not stop within 2 s and is killed\n" in output.getvalue()
    assert not up.clean
    assert not alive(pid)


async def test_force_kills_all_at_once(mesh_file, supervise):
    async with supervise(mesh_file(CHAIN)) as up:
        await up.wait_ready()
        pids = up.pids
        up.force()
    assert journal(up, "stopping") == []
    assert not up.clean
    assert not any(alive(pid) for pid in pids.values())


async def test_a_component_that_no_restart_can_help_ends_the_wait(mesh_file, supervise):
    useless = '  useless: {run: "x:main", address: "127.0.0.1:0"}\n'
    async with supervise(mesh_file(useless)) as up:
        with pytest.raises(
            StartError, match=r"^useless \(pid \d+\) ended with exit status 2 before it was ready; see its lines above$"
        ) as caught:
            await up.wait_ready()
    assert caught.value.final


async def test_a_component_that_never_became_ready_is_given_up_after_five_deaths(mesh_file, supervise, output):
    async with supervise(mesh_file('  failing: {run: "x:main", address: "127.0.0.1:0"}\n')) as up:
        with pytest.raises(StartError) as caught:
            await up.wait_ready()
    words = "failing never became ready: it ended 5 times, last with exit status 1; see its lines above"
    assert (str(caught.value), caught.value.final) == (words, False)
    assert output.getvalue().count("ended with exit status 1; it starts again") == 4


async def test_a_component_that_returns_before_it_served_is_asked_about_serve(mesh_file, supervise):
    async with supervise(mesh_file('  idle: {run: "x:main", address: "127.0.0.1:0"}\n')) as up:
        with pytest.raises(StartError, match=r"^idle returned before it served; does main await mesh\.serve"):
            await up.wait_ready()


async def test_a_data_dir_that_cannot_be_made_is_one_line(mesh_file, supervise):
    mesh = mesh_file(ONE)
    mesh.folder.write_text("a file")
    with pytest.raises(StartError, match=r"^data_dir: /.*: (Not a directory|File exists); nothing was started$"):
        await supervise(mesh).__aenter__()


async def test_leaving_while_it_still_starts_leaves_nothing_behind(mesh_file, supervise, output):
    async with supervise(mesh_file(CHAIN)) as up:
        await output.has("hello from top")
        pids = up.pids
    assert not any(alive(pid) for pid in pids.values())


async def test_a_taken_port_is_one_line_and_nothing_starts(mesh_file, supervise, output):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        mesh = mesh_file(f'  one: {{run: "x:main", address: "127.0.0.1:{port}"}}\n')
        supervisor = supervise(mesh)
        with pytest.raises(StartError) as caught:
            await supervisor.__aenter__()
    assert str(caught.value) == f"one: 127.0.0.1:{port} is taken; nothing was started. {NEXT}"
    assert supervisor.pids == {}
    assert output.getvalue() == ""
    assert not mesh.folder.exists()


async def test_a_wrong_environment_is_told_before_anything_starts(mesh_file, output):
    mesh = mesh_file(ONE)
    supervisor = Supervisor(mesh, output=output, environ={"TRUNKLINE_LOG__LEVLE": "debug"})
    with pytest.raises(ConfigError, match="TRUNKLINE_LOG__LEVLE: no such setting"):
        await supervisor.__aenter__()
    assert supervisor.pids == {}
    assert not mesh.folder.exists()


async def test_a_program_that_is_not_there_is_named(mesh_file, output):
    supervisor = Supervisor(mesh_file(ONE), command=lambda mesh, name: [f"/nowhere/{name}"], output=output)
    async with supervisor as up:
        with pytest.raises(StartError, match=r"cannot be started: .*No such file"):
            await up.wait_ready()


async def test_an_unknown_name_cannot_be_killed(mesh_file, supervise):
    async with supervise(mesh_file(ONE)) as up:
        with pytest.raises(KeyError):
            up.kill("two")


async def test_only_the_backbone_is_handed_the_master_key(mesh_file, output):
    name = "TRUNKLINE_IDENTITY__MASTER_KEY"
    program = f"import os, signal; print(os.environ['TRUNKLINE_COMPONENT'], {name!r} in os.environ, flush=True); "
    supervisor = Supervisor(
        mesh_file(ONE),
        command=lambda _mesh, _component: [sys.executable, "-c", f"{program} signal.pause()"],
        output=output,
        environ={**os.environ, name: "a" * 44},
    )
    async with supervisor:
        await output.has("backbone True")
        await output.has("one False")
