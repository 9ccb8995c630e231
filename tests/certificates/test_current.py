from __future__ import annotations

import datetime as dt
import logging
import os

import pytest
from issued import NOW, Vouching

from trunkline.certificates.current import Current
from trunkline.errors import FailedPrecondition

ACCOUNTS = "spiffe://campus/accounts"


@pytest.fixture
def folder(vouching, tmp_path):
    return vouching.proof("accounts").write(tmp_path / "accounts")


@pytest.fixture
def current(folder, clock):
    return Current(folder, identity=ACCOUNTS, every=10.0, clock=clock)


def test_a_folder_with_nothing_good_is_refused_at_the_beginning(tmp_path, clock):
    with pytest.raises(FailedPrecondition, match=r"tls\.crt"):
        Current(tmp_path, identity=ACCOUNTS, every=10.0, clock=clock)


def test_the_same_is_given_until_there_is_another(current, clock):
    first = current.get()
    clock.advance(60)
    assert current.get() is first


def test_what_is_new_is_seen_at_the_next_look(current, clock, folder, vouching):
    first, new = current.get(), vouching.proof("accounts")
    new.write(folder)
    clock.advance(9)
    assert current.get() is first
    clock.advance(1)
    assert current.get().chain == new.chain


def test_a_swap_of_folders_behind_a_link_is_seen_as_clusters_do_it_so(vouching, tmp_path, clock):
    for name in ("old", "new"):
        vouching.proof("accounts").write(tmp_path / name)
    (tmp_path / "tls").symlink_to("old")
    current = Current(tmp_path / "tls", identity=ACCOUNTS, every=10.0, clock=clock)
    current.get()
    (tmp_path / "draft").symlink_to("new")
    os.replace(tmp_path / "draft", tmp_path / "tls")  # noqa: PTH105 - what renames a link and not what it leads to
    clock.advance(10)
    assert current.get().chain == (tmp_path / "new" / "tls.crt").read_bytes()


def test_broken_new_files_are_logged_once_and_the_good_ones_stay(current, clock, folder, caplog):
    first = current.get()
    (folder / "tls.crt").write_bytes(b"broken")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            clock.advance(10)
            assert current.get() is first
    [line] = caplog.messages
    assert line.startswith("the new certificates are not used, the old ones stay:")
    assert str(folder / "tls.crt") in line


def test_files_that_are_whole_again_are_used(current, clock, folder, vouching):
    new = vouching.proof("accounts")
    (folder / "tls.key").write_bytes(new.key)
    clock.advance(10)
    current.get()
    new.write(folder)
    clock.advance(10)
    assert current.get().chain == new.chain


def test_what_is_not_good_yet_is_logged_once_and_used_when_it_is(current, clock, folder, caplog):
    first = current.get()
    later = Vouching(now=NOW + dt.timedelta(hours=1)).proof("accounts")
    later.write(folder)
    for _ in range(3):
        clock.advance(10)
        assert current.get() is first
    assert len(caplog.messages) == 1
    clock.advance(3600)
    assert current.get().chain == later.chain
