import io
import os
import pty

import pytest

from trunkline.cli.secret import MAX_BYTES, secret_from
from trunkline.config import ConfigError


@pytest.fixture
def stdin(monkeypatch):
    def say(raw: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))

    return say


def test_white_space_around_a_secret_does_not_count(tmp_path):
    (tmp_path / "key").write_text("  the secret\n")
    assert secret_from(str(tmp_path / "key"), "secret") == "the secret"


def test_a_dash_is_standard_input(stdin):
    stdin(b"the secret\n")
    assert secret_from("-", "secret") == "the secret"


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        (b"", "holds no token"),
        (b" \n", "holds no token"),
        (b"\xff\xfe", "is no text, so it is no token"),
        (b"a" * (MAX_BYTES + 1), "is larger than 64 KiB, so it is no token"),
    ],
)
def test_what_is_no_secret_is_told_with_where_it_came_from(stdin, tmp_path, raw: bytes, wrong: str):
    stdin(raw)
    (tmp_path / "file").write_bytes(raw)
    for source, named in (("-", "standard input"), (str(tmp_path / "file"), str(tmp_path / "file"))):
        with pytest.raises(ConfigError) as caught:
            secret_from(source, "token")
        assert str(caught.value) == f"{named}: {wrong}"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"/none: No such file or directory$"):
        secret_from(str(tmp_path / "none"), "secret")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match="Is a directory"):
        secret_from(str(tmp_path), "secret")


def test_a_token_in_place_of_a_file_is_refused_and_not_repeated():
    token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    with pytest.raises(ConfigError) as caught:
        secret_from(token, "token")
    assert str(caught.value) == (
        "a token is read from a file, or from standard input for -, never from the command line"
    )


def test_a_person_at_a_terminal_is_asked_and_sees_nothing_of_it(monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as terminal, os.fdopen(ours, "rb", buffering=0):
        monkeypatch.setattr("sys.stdin", terminal)
        asked = []
        monkeypatch.setattr("getpass.getpass", lambda prompt, stream: asked.append(prompt) or "the secret")
        assert (secret_from("-", "secret"), asked) == ("the secret", ["secret: "])
