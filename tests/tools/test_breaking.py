"""What is compared with what, and that a break is found."""

from pathlib import Path

import pytest

ACCOUNTS = Path("protos/campus/api/accounts/v1/accounts.proto")


def spoil(copy: Path) -> None:
    """Give a field another number."""
    text = (copy / ACCOUNTS).read_text()
    assert "user_id = 1" in text
    (copy / ACCOUNTS).write_text(text.replace("user_id = 1", "user_id = 77"))


def test_what_has_not_changed_passes(copy, run, git):
    done = run("breaking.py")
    assert (done.returncode, done.stdout) == (0, f"compared with main, {git('rev-parse', 'main')[:12]}\n")


def test_a_break_is_told_with_its_file(copy, run, git):
    spoil(copy)
    done = run("breaking.py")
    assert done.returncode != 0
    assert f"{ACCOUNTS}:" in done.stdout


@pytest.mark.parametrize(
    ("ref", "name"), [("refs/remotes/origin/main", "origin/main"), ("HEAD", "HEAD")], ids=["origin", "detached"]
)
def test_a_clone_without_main_takes_the_next_best_and_says_so(copy, run, git, ref: str, name: str):
    git("checkout", "--quiet", "--detach")
    git("update-ref", ref, "HEAD")
    git("branch", "--delete", "--force", "main")
    spoil(copy)
    done = run("breaking.py")
    assert done.returncode != 0
    assert f"compared with {name}, {git('rev-parse', 'HEAD')[:12]} (there is no local main)\n" in done.stdout


def test_a_main_without_contracts_is_said_loudly_and_passes(copy, run, git):
    git("rm", "-r", "--quiet", "--cached", "protos", "buf.yaml")
    git("add", "tools")
    git("commit", "--quiet", "--message=no contracts")
    done = run("breaking.py")
    assert done.returncode == 0
    assert done.stdout.startswith("NOT COMPARED: main (")


def test_a_main_without_a_workspace_file_is_read_with_the_present_one(copy, run, git):
    git("rm", "--quiet", "--cached", "buf.yaml")
    git("commit", "--quiet", "--message=no workspace")
    spoil(copy)
    done = run("breaking.py")
    assert done.returncode != 0
    assert f"{ACCOUNTS}:" in done.stdout


def test_a_folder_without_history_is_said_loudly_and_passes(copy, run):
    done = run("breaking.py")
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "NOT COMPARED")
