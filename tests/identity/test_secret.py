from __future__ import annotations

import pytest

from trunkline.errors import FailedPrecondition
from trunkline.identity.secret import read_secret


def test_a_secret_is_read_without_its_line_end(tmp_path):
    path = tmp_path / "activity"
    path.write_text("0123456789abcdef\n")
    assert read_secret(path) == "0123456789abcdef"


def test_a_missing_secret_is_told_with_what_to_do(tmp_path):
    with pytest.raises(FailedPrecondition, match=r"SECRET_MISSING.*trunkline up.*secret_file"):
        read_secret(tmp_path / "activity")


def test_a_folder_in_its_place_is_unreadable(tmp_path):
    with pytest.raises(FailedPrecondition, match="SECRET_UNREADABLE"):
        read_secret(tmp_path)


@pytest.mark.parametrize(
    "text", [b"", b"short", b"x" * 1025, b"\xff" * 32, b"0123456789\0abcdef", b"two lines\nof secret"]
)
def test_what_can_be_no_secret_is_refused_and_not_repeated(text, tmp_path):
    path = tmp_path / "activity"
    path.write_bytes(text)
    with pytest.raises(FailedPrecondition, match="SECRET_INVALID") as refusal:
        read_secret(path)
    assert not text or text.decode("latin-1") not in refusal.value.message
