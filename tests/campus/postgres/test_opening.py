from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from campus.activity.store import Sessions
from campus.activity.table import metadata
from campus.database import Database
from trunkline import FailedPrecondition


async def refusal(url: str) -> str:
    with pytest.raises(FailedPrecondition) as refused:
        async with Database.open(url, metadata):
            pass
    assert refused.value.reason == "DATABASE_UNUSABLE"
    assert "\n" not in refused.value.message
    return refused.value.message


async def test_a_wrong_password_is_refused_in_one_line_without_it(postgres_url):
    said = await refusal(postgres_url.replace("very-secret", "not-the-secret"))
    assert "password authentication failed" in said
    assert ":***@127.0.0.1:" in said
    assert "not-the-secret" not in said


async def test_a_database_that_is_not_there_is_refused_in_one_line_without_the_password(postgres_url):
    said = await refusal(postgres_url.rpartition("/")[0] + "/nowhere")
    assert 'database "nowhere" does not exist' in said
    assert "very-secret" not in said


@pytest.mark.parametrize(
    ("query", "word"), [("tls=on", "tls"), ("ssl=perhaps", "sslmode"), ("ssl=require", "SSL"), ("timeout=soon", "")]
)
async def test_an_option_that_cannot_be_met_is_refused_in_one_line(postgres_url, query, word):
    assert word in await refusal(f"{postgres_url}?{query}&password=very-secret")
    assert "very-secret" not in await refusal(f"{postgres_url}?{query}&password=very-secret")


async def test_a_user_who_may_not_create_tables_is_refused_in_one_line(postgres, postgres_url):
    name = postgres_url.partition("//")[2].partition(":")[0]
    await postgres.run(f"ALTER SCHEMA {name} OWNER TO CURRENT_USER; REVOKE ALL ON SCHEMA public FROM PUBLIC")
    assert "schema" in await refusal(postgres_url)


@pytest.mark.parametrize("query", ["", "?sslmode=disable", "?sslmode=prefer&command_timeout=3"])
async def test_a_url_as_other_clients_of_postgresql_have_it_is_understood(postgres_url, query):
    async with Sessions.open(postgres_url.replace("+asyncpg", "") + query) as sessions:
        assert await sessions.totals() == []


async def test_instances_that_start_at_once_all_find_their_tables(postgres_url):
    async with AsyncExitStack() as stack:
        opened = [stack.enter_async_context(Sessions.open(postgres_url)) for _ in range(8)]
        for sessions in await asyncio.gather(*opened):
            assert await sessions.totals() == []


async def test_a_commit_is_flushed_before_it_is_told(postgres_url):
    async with Database.open(postgres_url, metadata) as database:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert (await database.rows(text(f"SHOW {setting}")))[0][0] == "on"
