from __future__ import annotations

import sqlite3
import stat

import apsw
import pytest

from trunkline import DataLoss, FailedPrecondition, Unavailable


def run(path, statement):
    connection = apsw.Connection(str(path))
    connection.execute(statement)
    connection.close()


async def test_a_file_of_a_newer_version_is_refused(opened, path):
    async with opened():
        pass
    run(path, "UPDATE meta SET value = 99 WHERE name = 'schema'")
    with pytest.raises(FailedPrecondition, match=r"SCHEMA_NEWER.* 99"):
        await opened().__aenter__()


async def test_a_file_of_a_newer_version_is_left_as_it_is(opened, path):
    async with opened():
        pass
    run(path, "UPDATE meta SET value = 99 WHERE name = 'schema'")
    before = path.read_bytes()
    with pytest.raises(FailedPrecondition):
        await opened().__aenter__()
    assert path.read_bytes() == before


async def test_the_database_of_another_program_is_refused(opened, path):
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs(x)")
    connection.close()
    with pytest.raises(FailedPrecondition, match="STORE_FOREIGN"):
        await opened().__aenter__()


async def test_what_is_no_database_is_refused_with_what_to_do(opened, path):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1_000)
    with pytest.raises(DataLoss, match=r"STORE_CORRUPT.*restore a backup, or move the file"):
        await opened().__aenter__()


async def test_a_file_cut_short_is_refused(opened, path):
    async with opened() as store:
        await store.bucket("b").put("a", bytes(100_000))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(DataLoss, match="STORE_CORRUPT"):
        await opened().__aenter__()


async def test_a_path_that_cannot_be_a_file_is_refused(opened, path):
    path.parent.write_text("a file, where a folder is needed")
    with pytest.raises(Unavailable, match="STORE_FAILED"):
        await opened().__aenter__()


async def test_only_the_owner_may_read_what_is_stored(opened, path):
    async with opened() as store:
        await store.bucket("b").put("a", b"1")
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert set(modes) >= {"store.db", "store.db-wal"}
    assert set(modes.values()) == {0o600}


async def test_only_the_owner_may_enter_the_folder(opened, path):
    async with opened():
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_file_that_others_could_read_is_closed_to_them(opened, path):
    async with opened():
        pass
    path.chmod(0o644)
    async with opened():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_commit_is_forced_to_the_disk(opened):
    async with opened() as store:
        settings = await store.write(
            lambda transaction: [transaction.connection.pragma(one) for one in ("synchronous", "journal_mode")]
        )
    assert settings == [2, "wal"]
