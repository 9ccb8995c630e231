"""A flipped bit is found: nothing is served that was not written."""

from __future__ import annotations

import random

import apsw
import pytest
from contract.engine import Pace, told

from trunkline import DataLoss, MeshError
from trunkline.storage.sqlite import buckets, reads, schema
from trunkline.storage.sqlite.faults import fault


def flip(path, marked, occurrence=0):
    """Flip the lowest bit of the last byte of a place where `marked` stands."""
    content = bytearray(path.read_bytes())
    at = -1
    for _ in range(occurrence + 1):
        at = content.index(marked, at + 1)
    content[at + len(marked) - 1] ^= 1
    path.write_bytes(content)


@pytest.fixture
async def stored(opened, path):
    async with opened() as store:
        await store.bucket("identity").put("tokens/first", b"value-of-the-first")
        await store.bucket("identity").put("tokens/second", b"value-of-the-second", ttl=10)
    return path


async def test_a_flipped_bit_in_a_value_is_named_by_bucket_and_key(stored, opened):
    flip(stored, b"value-of-the-first")
    async with opened() as store:
        with pytest.raises(DataLoss, match="STORE_CORRUPT") as loss:
            await store.bucket("identity").get("tokens/first")
    assert loss.value.metadata == {"path": str(stored), "bucket": "identity", "key": "tokens/first"}


@pytest.mark.parametrize(
    "read",
    [
        lambda kv: kv.snapshot(),
        lambda kv: kv.history("tokens/first"),
        lambda kv: anext(kv.watch(since=0)),
        lambda kv: kv.put("tokens/first", b"", expect=1),
        lambda kv: kv.delete("tokens/first"),
    ],
    ids=["snapshot", "history", "watch", "expect", "delete"],
)
async def test_nobody_is_served_a_damaged_record(stored, opened, read):
    flip(stored, b"value-of-the-first")
    async with opened() as store:
        with pytest.raises(DataLoss, match="STORE_CORRUPT"):
            await read(store.bucket("identity"))


async def test_what_is_beside_a_damaged_record_is_served(stored, opened):
    flip(stored, b"value-of-the-first")
    async with opened() as store:
        assert (await store.bucket("identity").get("tokens/second")).entry.value == b"value-of-the-second"


async def test_a_put_replaces_a_damaged_record(stored, opened):
    flip(stored, b"value-of-the-first")
    async with opened() as store:
        await store.bucket("identity").put("tokens/first", b"anew")
        assert (await store.bucket("identity").get("tokens/first")).entry.value == b"anew"


@pytest.mark.parametrize("occurrence", [0, 1])
async def test_a_flipped_bit_in_a_key_stops_the_server_from_starting(stored, opened, occurrence):
    flip(stored, b"tokens/second", occurrence)
    with pytest.raises(DataLoss, match="STORE_CORRUPT"):
        await opened().__aenter__()


async def test_a_flipped_bit_in_the_name_of_a_bucket_stops_the_server_from_starting(stored, opened):
    flip(stored, b"identity")
    with pytest.raises(DataLoss, match="STORE_CORRUPT"):
        await opened().__aenter__()


@pytest.mark.parametrize(("revision", "key"), [(1, "tokens/first"), (2, "tokens/second")])
async def test_a_watch_finds_that_a_revision_is_gone(stored, opened, revision, key):
    connection = apsw.Connection(str(stored))
    connection.execute("DELETE FROM log WHERE revision = ?", (revision,))
    connection.execute("DELETE FROM kv WHERE key = ?", (key,))
    connection.close()
    async with opened() as store:
        with pytest.raises(DataLoss, match=f"revision {revision} is gone"):
            await told(store.bucket("identity"), since=0)


async def test_a_damaged_entry_that_has_expired_keeps_no_other_from_going(stored, opened, clock):
    flip(stored, b"value-of-the-second")
    pace = Pace()
    async with opened(sleep=pace.sleep) as store:
        kv = store.bucket("identity")
        await kv.put("tokens/third", b"", ttl=5)
        clock.advance(20)
        await pace.round()
        assert len(await kv.history("tokens/third")) == 2


REFUSALS = ("STORE_CORRUPT", "STORE_FAILED", "SCHEMA_NEWER", "STORE_FOREIGN")


def everything(path, now):
    """What can be read from the file, each answer or its error."""
    try:
        connection = schema.writing(str(path))
    except (MeshError, apsw.Error, UnicodeDecodeError) as error:
        return [fault(error, str(path)).reason]
    questions = [
        lambda: buckets.every(connection),
        lambda: reads.get(connection, "identity", "tokens/first", now),
        lambda: reads.get(connection, "identity", "tokens/second", now),
        lambda: reads.snapshot(connection, "identity", "", now),
        lambda: reads.history(connection, "identity", "tokens/first"),
        lambda: reads.stretch(connection, "identity", "", 0),
    ]
    try:
        return [answer(question, path) for question in questions]
    finally:
        connection.close()


def answer(question, path):
    try:
        return question()
    except (MeshError, apsw.Error, UnicodeDecodeError) as error:
        return fault(error, str(path)).reason


async def test_no_flipped_bit_anywhere_in_the_file_changes_an_answer(stored, clock):
    content, whole = stored.read_bytes(), everything(stored, clock.time())
    used = [place for place, byte in enumerate(content) if byte]
    draw = random.Random(3)
    for _ in range(60):
        damaged = bytearray(content)
        damaged[place := draw.choice(used)] ^= 1 << draw.randrange(8)
        stored.write_bytes(damaged)
        found = everything(stored, clock.time())
        refused = all(one in REFUSALS for one in found)
        assert refused or all(one in (good, "STORE_CORRUPT") for one, good in zip(found, whole, strict=True)), place
