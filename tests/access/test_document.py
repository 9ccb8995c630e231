from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.access.document import KEY, decode, encode, load
from trunkline.audit.model import Event
from trunkline.errors import DataLoss
from trunkline.identity.grants import Grants
from trunkline.identity.model import Grant
from trunkline.storage.ports import ABSENT, Entry, Reading

WORDS = st.frozensets(st.sampled_from(["a.read", "b.read", "é"]))
HELD = st.dictionaries(st.text(max_size=3), st.builds(Grant, WORDS, WORDS), max_size=3)
BEFORE = Grants({"orders": Grant(frozenset({"a.read"}))}, {"ann": Grant(roles=frozenset({"clerk"}))})
AFTER = Grants({"orders": Grant(frozenset({"b.read"}))}, {"ann": Grant(roles=frozenset({"clerk"}))})


class Bucket:
    """One key, and what was done in which order."""

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.done: list[object] = []

    async def get(self, key: str) -> Reading:
        return Reading(self.entry.revision if self.entry else 0, self.entry)

    async def put(self, key: str, value: bytes, *, expect: int | None = None, ttl: float | None = None) -> int:
        assert expect == (self.entry.revision if self.entry else ABSENT)
        self.entry = Entry(key, value, (expect or 0) + 1)
        self.done.append(key)
        return self.entry.revision

    async def write(self, event: Event) -> None:
        self.done.append(event)


@given(components=HELD, users=HELD)
def test_a_document_says_the_same_grants_again(components, users):
    grants = Grants(components, users)
    assert decode(encode(grants)) == grants


async def test_the_first_document_is_stored_and_every_grant_of_it_audited_before():
    bucket = Bucket()
    assert await load(BEFORE, bucket, audit=bucket) == BEFORE
    event, stored = bucket.done
    assert stored == KEY
    assert event == Event(
        "access.change",
        "granted",
        who="backbone",
        what=KEY,
        details={"gained": "ann: role clerk; orders: scope a.read"},
    )


async def test_a_change_is_stored_and_audited_by_what_is_gained_and_lost():
    bucket = Bucket()
    await load(BEFORE, bucket)
    await load(AFTER, bucket, audit=bucket)
    assert bucket.done[1].details == {"gained": "orders: scope b.read", "lost": "orders: scope a.read"}
    assert decode(bucket.entry.value) == AFTER


async def test_where_nothing_has_changed_nothing_is_written():
    bucket = Bucket()
    await load(BEFORE, bucket)
    bucket.done.clear()
    assert await load(BEFORE, bucket, audit=bucket) == BEFORE
    assert bucket.done == []


async def test_what_cannot_be_audited_is_not_stored():
    class Full(Bucket):
        async def write(self, event: Event) -> None:
            raise OSError("disk full")

    bucket = Full()
    with pytest.raises(OSError, match="disk full"):
        await load(BEFORE, bucket, audit=bucket)
    assert bucket.entry is None


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b"null", b'{"components": [], "users": {}}', b"\xff"])
def test_what_is_no_document_is_data_loss(value: bytes):
    with pytest.raises(DataLoss, match="ACCESS_UNREADABLE"):
        decode(value)
