from __future__ import annotations

import pytest
from sqlalchemy import Column, Index, MetaData, String, Table, text

from campus.database import Database
from campus.database.opening import masked
from trunkline import FailedPrecondition

metadata = MetaData()
words = Table("words", metadata, Column("word", String(8), primary_key=True), Column("kind", String(8)))
Index("words_by_kind", words.c.kind)


async def refusal(url: str) -> str:
    with pytest.raises(FailedPrecondition) as refused:
        async with Database.open(url, metadata):
            pass
    assert refused.value.reason == "DATABASE_UNUSABLE"
    return refused.value.message


async def test_a_missing_folder_is_made_and_opening_again_changes_nothing(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/deep/er/words.db"
    async with Database.open(url, metadata) as database:
        assert await database.rows(words.select()) == []
    async with Database.open(url, metadata) as database:
        assert await database.rows(words.select()) == []
    assert (tmp_path / "deep" / "er" / "words.db").is_file()


async def test_every_sqlite_connection_flushes_at_each_commit(tmp_path):
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path}/words.db", metadata) as database:
        assert (await database.rows(text("PRAGMA journal_mode")))[0][0] == "wal"
        assert (await database.rows(text("PRAGMA synchronous")))[0][0] == 2
        assert (await database.rows(text("PRAGMA busy_timeout")))[0][0] == 5000


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "(empty)"),
        ("no url at all", "no url at all"),
        ("sqlite+aiosqlite://", "in memory"),
        ("sqlite+aiosqlite:///:memory:", "in memory"),
        ("sqlite+aiosqlite:///file:x?mode=memory&uri=true", "in memory"),
        ("oracle://host/db", "not one of postgresql, sqlite"),
        ("postgresql+nosuchdriver://host/db", "nosuchdriver"),
        ("sqlite:///plain.db", "async"),
    ],
)
async def test_a_url_that_cannot_serve_is_refused_in_one_line(url, said):
    message = await refusal(url)
    assert said in message
    assert "\n" not in message


async def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "taken").write_text("a file")
    message = await refusal(f"sqlite+aiosqlite:///{tmp_path}/taken/words.db")
    assert "taken" in message
    assert "\n" not in message


async def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path):
    (tmp_path / "words.db").write_text("this is a letter and not a database at all" * 100)
    message = await refusal(f"sqlite+aiosqlite:///{tmp_path}/words.db")
    assert "not a database" in message
    assert "\n" not in message


async def test_a_server_that_cannot_be_reached_is_refused_without_its_password():
    message = await refusal("postgresql+asyncpg://teacher:secret@127.0.0.1:1/campus?password=secret")
    assert "teacher:***@127.0.0.1:1/campus" in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "url", ["postgresql://a:secret@host/db", "postgresql://a:secret@host:port/db", "://a:secret@host?password=secret"]
)
def test_a_password_is_masked_in_whatever_was_given(url):
    assert "secret" not in masked(url)
    assert "host" in masked(url)
