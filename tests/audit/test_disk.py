from __future__ import annotations

import errno
import os
import stat

import pytest

from trunkline.audit import disk
from trunkline.errors import ResourceExhausted, Unavailable


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.fixture
def descriptor(path):
    descriptor = disk.open_private(path, os.O_RDWR | os.O_APPEND)
    yield descriptor
    os.close(descriptor)


def fail(number):
    def failing(*_):
        raise OSError(number, os.strerror(number))

    return failing


def test_a_new_file_is_for_its_owner_alone(path, descriptor):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_written_in_several_goes_is_whole(path, descriptor, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    disk.append(descriptor, b"0123456789")
    assert path.read_bytes() == b"0123456789"


def test_a_write_that_fails_in_the_middle_leaves_the_file_as_it_was(path, descriptor, monkeypatch):
    disk.append(descriptor, b"before")
    write = os.write
    monkeypatch.setattr(
        os, "write", lambda fd, data: write(fd, data[:3]) if len(data) > 5 else fail(errno.ENOSPC)(fd, data)
    )
    with pytest.raises(OSError, match="No space"):
        disk.append(descriptor, b"0123456789")
    assert path.read_bytes() == b"before"


def test_data_that_never_reached_the_disk_is_taken_back(path, descriptor, monkeypatch):
    monkeypatch.setattr(disk, "_sync", fail(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        disk.append(descriptor, b"0123456789")
    assert path.read_bytes() == b""


def test_what_cannot_be_taken_back_is_told(descriptor, monkeypatch):
    monkeypatch.setattr(disk, "_sync", fail(errno.EIO))
    monkeypatch.setattr(os, "ftruncate", fail(errno.EIO))
    with pytest.raises(disk.Spoilt):
        disk.append(descriptor, b"0123456789")


def test_a_file_is_replaced_in_its_place(path):
    path.write_bytes(b"abc")
    descriptor = disk.open_private(path, os.O_RDWR)
    disk.replace(descriptor, b"xyz")
    os.close(descriptor)
    assert path.read_bytes() == b"xyz"


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (OSError(errno.ENOSPC, ""), ResourceExhausted, "AUDIT_FULL"),
        (OSError(errno.EDQUOT, ""), ResourceExhausted, "AUDIT_FULL"),
        (OSError(errno.EIO, "broken"), Unavailable, "AUDIT_UNWRITABLE"),
        (disk.Spoilt(errno.ENOSPC, ""), Unavailable, "AUDIT_UNWRITABLE"),
    ],
)
def test_a_failure_has_the_reason_that_says_what_to_do(path, error, kind, reason):
    told = disk.failed(error, path)
    assert (type(told), told.reason) == (kind, reason)
