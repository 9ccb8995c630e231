import subprocess
import sys

import pytest

MESH = """\
mesh: tests
backbone: {address: "127.0.0.1:7400"}
components:
  one: {run: "app:main", address: "127.0.0.1:7401"}
"""


@pytest.fixture
def child(tmp_path, quiet):
    """A process as a supervisor starts it."""
    (tmp_path / "trunkline.yaml").write_text(MESH)
    (tmp_path / "app.py").write_text("async def main(mesh):\n    print('in main of', mesh.settings.component)\n")
    environ = quiet | {"TRUNKLINE_FILE": str(tmp_path / "trunkline.yaml"), "TRUNKLINE_COMPONENT": "one"}

    def start(*arguments, **others):
        command = [sys.executable, "-m", "trunkline.cli.child", *arguments]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(command, cwd=tmp_path, env=environ | others, text=True, **pipes)

    return start


def test_a_child_runs_its_entry_when_it_gets_the_word(child, tmp_path):
    secrets = tmp_path / ".trunkline" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "one").touch(mode=0o600)
    (secrets / "one").write_text("s" * 43)
    with child("app:main") as process:
        process.stdin.write("begin\n")
        process.stdin.flush()
        assert process.stdout.read() == "in main of one\n"
    assert process.returncode == 0


@pytest.mark.parametrize(("arguments", "component"), [(["app:main"], "one"), ([], "backbone")])
def test_a_child_whose_supervisor_dies_first_never_begins(child, arguments, component):
    process = child(*arguments, TRUNKLINE_COMPONENT=component)
    assert process.communicate("") == ("", "the supervisor went away before all that is needed was ready\n")
    assert process.returncode == 1


def test_a_child_that_is_nobody_fails_for_good_in_one_line(child):
    process = child("app:main", TRUNKLINE_COMPONENT="two")
    assert process.communicate() == ("", "trunkline.yaml: components.two: no such component\n")
    assert process.returncode == 2


def test_a_child_does_not_load_the_command_line(quiet):
    program = "import sys, trunkline.cli.child, trunkline.mesh; print({'typer', 'click'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], env=quiet, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
