from __future__ import annotations

import asyncio
import os

import pytest

from trunkline import FailedPrecondition


async def test_a_second_server_on_the_same_file_is_refused_and_told_who_has_it(opened):
    async with opened():
        with pytest.raises(FailedPrecondition, match=rf"STORE_LOCKED.* {os.getpid()} ") as refusal:
            await opened().__aenter__()
    assert refusal.value.reason == "STORE_LOCKED"


async def test_a_server_that_was_refused_harms_nothing(opened):
    async with opened() as store:
        with pytest.raises(FailedPrecondition):
            await opened().__aenter__()
        assert await store.bucket("b").put("a", b"1") == 1


async def test_a_closed_store_lets_the_next_in(opened):
    for revision in (1, 2):
        async with opened() as store:
            assert await store.bucket("b").put("a", b"1") == revision


async def test_a_store_that_could_not_be_opened_holds_no_lock(opened, path):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1_000)
    for _ in range(2):
        with pytest.raises(Exception, match="STORE_CORRUPT"):
            await opened().__aenter__()


async def test_an_opening_that_was_given_up_lets_the_next_in(opened):
    given_up = asyncio.create_task(opened().__aenter__())
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    while True:
        try:
            async with opened() as store:
                assert await store.bucket("b").put("a", b"1") == 1
                return
        except FailedPrecondition:
            await asyncio.sleep(0)  # its thread is on its way out
