from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from trunkline.errors import FailedPrecondition
from trunkline.identity.master import master_key_of, read_master_key

KEY = bytes(range(32))
TEXT = base64.b64encode(KEY)


def test_the_first_start_makes_a_key_for_this_user_alone(tmp_path):
    path = tmp_path / "data" / "master.key"
    assert len(read_master_key(path, make=True)) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_later_start_finds_the_same_key(tmp_path):
    path = tmp_path / "master.key"
    assert read_master_key(path, make=True) == read_master_key(path, make=True) == read_master_key(path, make=False)


def test_of_many_first_starts_all_get_one_key(tmp_path):
    together = Barrier(8)

    def start(_: int) -> bytes:
        together.wait()
        return read_master_key(tmp_path / "master.key", make=True)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_file_that_should_be_there_is_not_made_anew(tmp_path):
    with pytest.raises(FailedPrecondition, match=r"KEY_UNREADABLE: .*master\.key is not there"):
        read_master_key(tmp_path / "master.key", make=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", TEXT[:-4], TEXT + b"AAAA", base64.b64encode(bytes(31)), KEY], ids=str
)
def test_a_wrong_file_is_one_clear_error_and_stays_as_it_is(text, tmp_path):
    path = tmp_path / "master.key"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(FailedPrecondition, match=r"KEY_INVALID: .*master\.key must be 32 bytes"):
        read_master_key(path, make=True)
    assert path.read_bytes() == text


def test_a_folder_in_its_place_is_one_clear_error(tmp_path):
    with pytest.raises(FailedPrecondition, match="KEY_UNREADABLE"):
        read_master_key(tmp_path, make=True)


def test_a_file_where_its_folder_should_be_is_one_clear_error(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(FailedPrecondition, match="KEY_UNREADABLE"):
        read_master_key(tmp_path / "data" / "master.key", make=True)


def test_a_key_that_every_user_can_read_is_refused(tmp_path):
    path = tmp_path / "master.key"
    read_master_key(path, make=True)
    path.chmod(0o604)
    with pytest.raises(FailedPrecondition, match="KEY_EXPOSED"):
        read_master_key(path, make=True)


def test_a_setting_holds_the_key_itself():
    assert master_key_of(TEXT.decode()) == KEY


@pytest.mark.parametrize("text", ["short", "é" * 44, TEXT.decode()[:-2]])
def test_a_setting_that_is_no_key_is_named_and_not_shown(text):
    with pytest.raises(FailedPrecondition, match=r"KEY_INVALID: identity\.master_key") as refusal:
        master_key_of(text)
    assert text not in str(refusal.value)
