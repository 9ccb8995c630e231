import socket

import pytest

from trunkline.supervisor.ports import NEXT

MESH = """\
mesh: tests
backbone: {address: "127.0.0.1:1"}
components:
  accounts: {run: "app:main", address: "127.0.0.1:2"}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path):
    (tmp_path / "trunkline.yaml").write_text(MESH)
    (tmp_path / "app.py").write_text("async def main(mesh): ...\n")
    return tmp_path


@pytest.mark.parametrize("verb", [("up",), ("serve",), ("run", "app:main")])
async def test_a_typo_in_the_mesh_file_is_one_line(trunkline, folder, verb: tuple[str, ...]):
    (folder / "trunkline.yaml").write_text(MESH.replace("address", "adress"))
    done = await trunkline(*verb)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[1:] == [
        "trunkline.yaml:2: backbone.adress: no such key; did you mean 'address'?",
        "trunkline.yaml:4: components.accounts.adress: no such key; did you mean 'address'?",
    ]


@pytest.mark.parametrize("verb", [("up",), ("serve",), ("run", "app:main")])
async def test_a_typo_in_the_environment_is_one_line(trunkline, verb: tuple[str, ...]):
    done = await trunkline(*verb, TRUNKLINE_LOG__LEVLE="debug")
    assert (done.status, done.out) == (2, "")
    assert done.err == "TRUNKLINE_LOG__LEVLE: no such setting; did you mean 'TRUNKLINE_LOG__LEVEL'?\n"


@pytest.mark.parametrize("verb", [("up",), ("serve",), ("run", "app:main"), ("wait", "accounts")])
async def test_a_missing_mesh_file_is_one_line(trunkline, verb: tuple[str, ...]):
    done = await trunkline(*verb, "--file", "none.yaml")
    assert (done.status, done.out, done.err) == (2, "", "none.yaml: no such file or directory\n")


async def test_up_without_a_mesh_file_says_what_to_say(trunkline, folder):
    (folder / "trunkline.yaml").unlink()
    done = await trunkline("up")
    assert (done.status, done.err) == (2, "no trunkline.yaml here; say --file\n")


async def test_run_without_a_mesh_file_says_what_to_say(trunkline, folder):
    (folder / "trunkline.yaml").unlink()
    done = await trunkline("run", "app:main")
    assert (done.status, done.err) == (2, "no trunkline.yaml here; say --file\n")


async def test_a_fault_while_importing_is_final_and_shows_the_modules_own_frames(trunkline, folder):
    (folder / "app.py").write_text("import json\n\njson.loads('')\n")
    done = await trunkline("run", "app:main")
    assert done.status == 2
    assert done.err.splitlines()[1].endswith('app.py", line 3, in <module>')
    assert "load_entry" not in done.err


async def test_a_fault_of_main_shows_its_own_frames_and_may_be_tried_again(trunkline, folder):
    (folder / "app.py").write_text("async def main(mesh):\n    raise ValueError('a fault')\n")
    (folder / ".trunkline" / "secrets").mkdir(parents=True)
    secret = folder / ".trunkline" / "secrets" / "accounts"
    secret.touch(mode=0o600)
    secret.write_text("s" * 43)
    done = await trunkline("run", "app:main")
    assert done.status == 1
    assert done.err.splitlines()[1].endswith('app.py", line 2, in main')
    assert done.err.endswith("ValueError: a fault\n")


async def test_a_secret_that_is_not_there_is_final(trunkline):
    done = await trunkline("run", "app:main")
    assert done.status == 2
    assert "Traceback" not in done.err


async def test_a_taken_port_is_one_line_and_nothing_is_started(trunkline, folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = MESH.replace("127.0.0.1:1", "127.0.0.1:0").replace("127.0.0.1:2", f"127.0.0.1:{port}")
        (folder / "trunkline.yaml").write_text(text)
        done = await trunkline("up")
    assert (done.status, done.out) == (1, "")
    assert done.err == f"accounts: 127.0.0.1:{port} is taken; nothing was started. {NEXT}\n"
    assert not (folder / ".trunkline").exists()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("nowhere:main", "-c", "accounts"), "nowhere:main: no module named nowhere"),
        (("app:mian", "-c", "accounts"), "app:mian: app has no mian; did you mean 'main'?"),
        (("app", "-c", "accounts"), "app: is not MODULE:FUNCTION; did you mean 'app:main'?"),
        (
            ("app:main", "-c", "accont"),
            "trunkline.yaml: components.accont: no such component; did you mean 'accounts'?",
        ),
        (("app:main", "--instance", "1"), "trunkline.yaml: accounts has no instance 1; it has 1"),
    ],
)
async def test_what_cannot_be_run_is_one_line(trunkline, arguments: tuple[str, ...], fault: str):
    done = await trunkline("run", *arguments)
    assert (done.status, done.out, done.err) == (2, "", fault + "\n")
