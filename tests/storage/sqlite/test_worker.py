from __future__ import annotations

import asyncio
from threading import Event

import pytest

from trunkline import ResourceExhausted
from trunkline.storage.ports import Write
from trunkline.storage.sqlite.worker import WAITING


async def test_who_arrives_while_a_transaction_runs_is_in_the_next(opened):
    gate, transactions = Event(), set()
    async with opened() as store:
        first = store.write(lambda _: gate.wait())
        rest = [store.write(lambda transaction: transactions.add(id(transaction))) for _ in range(50)]
        gate.set()
        await asyncio.gather(first, *rest)
    assert len(transactions) == 1


async def test_the_loop_goes_on_while_a_transaction_runs(opened):
    gate = Event()
    async with opened() as store:
        held = store.write(lambda _: gate.wait())
        assert (await store.bucket("b").get("a")).entry is None
        gate.set()
        await held


async def test_more_than_may_wait_is_refused_and_counted(opened):
    gate = Event()
    async with opened() as store:
        taken = [store.write(lambda _: gate.wait()) for _ in range(WAITING)]
        with pytest.raises(ResourceExhausted, match="STORE_BUSY"):
            await store.bucket("b").put("a", b"1")
        gate.set()
        await asyncio.gather(*taken)
        assert store.refusals == 1


async def test_after_a_refusal_for_being_busy_writes_go_on(opened):
    gate = Event()
    async with opened() as store:
        taken = [store.write(lambda _: gate.wait()) for _ in range(WAITING)]
        with pytest.raises(ResourceExhausted):
            await store.bucket("b").put("a", b"1")
        gate.set()
        await asyncio.gather(*taken)
        assert await store.bucket("b").put("a", b"1") == 1


async def test_a_fault_of_the_program_fails_its_group_and_not_the_store(opened):
    async with opened() as store:
        with pytest.raises(ZeroDivisionError):
            await store.write(lambda _: 1 / 0)
        assert await store.bucket("b").put("a", b"1") == 1


async def test_a_caller_who_gave_up_has_written_all_the_same(opened):
    gate = Event()
    async with opened() as store:
        held = store.write(lambda _: gate.wait())
        caller = asyncio.create_task(store.bucket("b").commit([Write("a", b"1")]))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.wait([caller])
        gate.set()
        await held
        await store.write(lambda _: None)  # done after it
        assert (await store.bucket("b").get("a")).revision == 1
