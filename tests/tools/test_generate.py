"""Committed code is what the contracts say, or the difference is told file by file."""

import pytest

USER = "src/trunkline/api/entities/v1/user_pb2.py"
SESSION = "src/trunkline/api/entities/v1/session_pb2.pyi"
STALE = "src/campus/api/gone/v1/gone_pb2.py"


@pytest.mark.timeout(240)
def test_each_file_that_differs_is_named_and_generating_mends_all(copy, run):
    sound = (copy / USER).read_bytes()
    (copy / USER).write_bytes(sound + b"# edited by hand\n")
    (copy / SESSION).unlink()
    (copy / STALE).parent.mkdir(parents=True)
    (copy / STALE).write_text("# its contract is gone\n")

    checked = run("generate.py", "--check")
    assert (checked.returncode, checked.stdout) == (1, "")
    assert checked.stderr.splitlines() == [
        f"{STALE} has no contract any more",
        f"{SESSION} is missing",
        f"{USER} differs",
        "the generated code is not what protos/ says; mend: make generate",
    ]
    assert not (copy / SESSION).exists()

    made = run("generate.py")
    assert made.returncode == 0, made.stderr
    assert (copy / USER).read_bytes() == sound
    assert (copy / SESSION).is_file()
    assert not (copy / STALE).exists()


def test_contracts_that_do_not_compile_change_nothing(copy, run):
    (copy / "protos/campus/api/broken.proto").write_text('syntax = "proto3"; message {')
    before = (copy / USER).read_bytes()
    done = run("generate.py")
    assert done.returncode == 1
    assert "broken.proto" in done.stderr
    assert (copy / USER).read_bytes() == before
