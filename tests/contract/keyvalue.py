"""What the port KeyValue promises, one test for each promise. An engine is done when it passes them unchanged.

The test module of an engine takes each class in and has the fixtures `engine` and `kv`, a bucket of an open store.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from contract.engine import told

from trunkline import Aborted, InvalidArgument, OutOfRange, ResourceExhausted, Unavailable
from trunkline.storage.ports import ABSENT, MAX_COMMIT, MAX_KEY, MAX_VALUE, MAX_WRITES, Change, Changed, Write


async def value(kv, key):
    entry = (await kv.get(key)).entry
    return None if entry is None else entry.value


async def values(kv, prefix=""):
    return {entry.key: entry.value for entry in (await kv.snapshot(prefix)).entries}


async def exhausted(watch, changes=None):
    """Read on until the watch raises; what came goes to `changes`."""
    async for change in watch:
        if changes is not None:
            changes.append(change)


class Entries:
    async def test_a_bucket_begins_empty_at_revision_0(self, kv):
        assert (await kv.snapshot()).revision == 0

    async def test_an_absent_key_has_no_entry(self, kv):
        assert (await kv.get("a")).entry is None

    async def test_what_was_put_is_read_with_the_revision_of_its_commit(self, kv):
        revision = await kv.put("a", b"1")
        await kv.put("b", b"2")
        entry = (await kv.get("a")).entry
        assert (entry.key, entry.value, entry.revision) == ("a", b"1", revision)

    async def test_a_reading_has_the_revision_of_the_bucket(self, kv):
        await kv.put("a", b"1")
        assert (await kv.get("b")).revision == await kv.put("b", b"2") - 1

    async def test_a_second_put_replaces_the_first(self, kv):
        await kv.put("a", b"1")
        await kv.put("a", b"2")
        assert await value(kv, "a") == b"2"

    async def test_an_empty_value_is_an_entry(self, kv):
        await kv.put("a", b"")
        assert await value(kv, "a") == b""

    async def test_a_deleted_key_is_absent(self, kv):
        await kv.put("a", b"1")
        await kv.delete("a")
        assert await value(kv, "a") is None

    async def test_a_deleted_key_can_be_put_again(self, kv):
        await kv.put("a", b"1")
        await kv.delete("a")
        await kv.put("a", b"2", expect=ABSENT)
        assert await value(kv, "a") == b"2"

    async def test_deleting_an_absent_key_is_no_change(self, kv):
        revision = await kv.put("a", b"1")
        assert await kv.delete("b") == revision

    async def test_each_commit_has_the_revision_after_the_last(self, kv):
        revisions = [await kv.put("a", b"1"), await kv.put("b", b"2"), await kv.delete("a")]
        assert revisions == [1, 2, 3]

    async def test_buckets_know_nothing_of_each_other(self, store):
        one, other = store.bucket("one"), store.bucket("other")
        await one.put("a", b"1")
        reading = await other.get("a")
        assert (reading.entry, reading.revision) == (None, 0)

    async def test_a_bucket_is_the_same_whoever_asks_for_it(self, store):
        await store.bucket("one").put("a", b"1")
        assert await value(store.bucket("one"), "a") == b"1"

    @pytest.mark.parametrize("key", ["a b", "a/b", "spiffe://campus/x", "ä", "*", "%", "🎓", ".", "A"])
    async def test_any_text_is_a_key_of_its_own(self, kv, key):
        await kv.put("a", b"other")
        await kv.put(key, b"1")
        assert await values(kv) == {"a": b"other", key: b"1"}

    @pytest.mark.parametrize("key", ["", "a\0b", "\ud800", "k" * (MAX_KEY + 1), "ä" * (MAX_KEY // 2 + 1)])
    async def test_what_is_no_key_is_refused(self, kv, key):
        with pytest.raises(InvalidArgument, match="WRITE_INVALID"):
            await kv.put(key, b"1")

    async def test_the_longest_key_and_the_largest_value_are_kept(self, kv):
        await kv.put("k" * MAX_KEY, bytes(MAX_VALUE))
        assert await value(kv, "k" * MAX_KEY) == bytes(MAX_VALUE)

    async def test_a_larger_value_is_refused(self, kv):
        with pytest.raises(InvalidArgument, match="WRITE_INVALID"):
            await kv.put("a", bytes(MAX_VALUE + 1))

    async def test_a_value_that_is_not_bytes_is_refused(self, kv):
        with pytest.raises(InvalidArgument, match="WRITE_INVALID"):
            await kv.put("a", "text")


class Commits:
    async def test_a_commit_of_several_keys_has_one_revision(self, kv):
        revision = await kv.commit([Write("a", b"1"), Write("b", b"2")])
        assert {entry.revision for entry in (await kv.snapshot()).entries} == {revision}

    async def test_a_commit_puts_and_deletes_together(self, kv):
        await kv.put("a", b"1")
        await kv.commit([Write("a", None), Write("b", b"2")])
        assert await values(kv) == {"b": b"2"}

    async def test_an_entry_where_none_is_expected_is_refused(self, kv):
        await kv.put("a", b"1")
        with pytest.raises(Aborted, match="REVISION_DIFFERS"):
            await kv.put("a", b"2", expect=ABSENT)

    async def test_another_revision_than_expected_is_refused(self, kv):
        revision = await kv.put("a", b"1")
        await kv.put("a", b"2")
        with pytest.raises(Aborted, match="REVISION_DIFFERS"):
            await kv.delete("a", expect=revision)

    async def test_no_entry_where_one_is_expected_is_refused(self, kv):
        with pytest.raises(Aborted, match="REVISION_DIFFERS"):
            await kv.put("a", b"2", expect=1)

    async def test_the_revision_expected_is_accepted(self, kv):
        revision = await kv.put("a", b"1", expect=ABSENT)
        await kv.put("a", b"2", expect=revision)
        assert await value(kv, "a") == b"2"

    async def test_a_refusal_names_the_key_and_the_revision_it_has(self, kv):
        await kv.put("b", b"1")
        with pytest.raises(Aborted) as refusal:
            await kv.commit([Write("a", b"1"), Write("b", b"2", expect=ABSENT)])
        assert refusal.value.metadata == {"key": "b", "revision": "1"}

    async def test_a_refused_commit_writes_nothing(self, kv):
        await kv.put("b", b"1")
        with pytest.raises(Aborted):
            await kv.commit([Write("a", b"1"), Write("b", b"2", expect=ABSENT)])
        assert await values(kv) == {"b": b"1"}

    async def test_a_refused_commit_takes_no_revision(self, kv):
        await kv.put("b", b"1")
        with pytest.raises(Aborted):
            await kv.put("b", b"2", expect=ABSENT)
        assert await kv.put("b", b"2") == 2

    async def test_a_commit_of_nothing_has_the_revision_of_the_last(self, kv):
        revision = await kv.put("a", b"1")
        assert await kv.commit([]) == revision

    async def test_an_absent_key_can_be_made_a_condition(self, kv):
        await kv.put("guard", b"1")
        with pytest.raises(Aborted):
            await kv.commit([Write("guard", None, expect=ABSENT), Write("a", b"1")])

    async def test_a_key_twice_in_a_commit_is_refused(self, kv):
        with pytest.raises(InvalidArgument, match="WRITE_INVALID"):
            await kv.commit([Write("a", b"1"), Write("a", b"2")])

    async def test_as_many_writes_as_the_port_allows_are_one_commit(self, kv):
        assert await kv.commit([Write(str(one), b"") for one in range(MAX_WRITES)]) == 1

    async def test_more_writes_are_refused(self, kv):
        with pytest.raises(InvalidArgument, match="WRITE_INVALID"):
            await kv.commit([Write(str(one), b"") for one in range(MAX_WRITES + 1)])

    async def test_more_bytes_are_refused(self, kv):
        half = bytes(MAX_VALUE)
        with pytest.raises(InvalidArgument, match="WRITE_INVALID"):
            await kv.commit([Write(str(one), half) for one in range(MAX_COMMIT // MAX_VALUE + 1)])

    async def test_commits_made_together_have_a_revision_each(self, kv):
        revisions = await asyncio.gather(*(kv.put(f"k{one}", b"1") for one in range(100)))
        assert sorted(revisions) == list(range(1, 101))

    async def test_of_callers_that_expect_the_same_one_is_accepted(self, kv):
        results = await asyncio.gather(
            *(kv.put("a", b"%d" % one, expect=ABSENT) for one in range(50)), return_exceptions=True
        )
        assert [one for one in results if not isinstance(one, Aborted)] == [1]

    async def test_a_refused_caller_harms_none_beside_it(self, kv):
        await kv.put("a", b"1")
        expectations = [ABSENT if one % 2 else None for one in range(100)]
        await asyncio.gather(
            *(kv.commit([Write("a", b"2", expect), Write(f"k{one}", b"")]) for one, expect in enumerate(expectations)),
            return_exceptions=True,
        )
        assert set(await values(kv, "k")) == {f"k{one}" for one in range(0, 100, 2)}

    async def test_callers_that_count_up_lose_no_step(self, kv):
        async def count():
            while True:
                entry = (await kv.get("n")).entry
                number, revision = (int(entry.value), entry.revision) if entry else (0, ABSENT)
                try:
                    return await kv.put("n", b"%d" % (number + 1), expect=revision)
                except Aborted:
                    continue

        await asyncio.gather(*(count() for _ in range(20)))
        assert await value(kv, "n") == b"20"

    async def test_a_caller_who_gives_up_leaves_the_others_alone(self, kv):
        tasks = [asyncio.create_task(kv.put(f"k{one}", b"1")) for one in range(10)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert set(await values(kv)) >= {f"k{one}" for one in range(1, 10)}


class Expiry:
    async def test_an_entry_stays_for_its_ttl(self, kv, engine):
        await kv.put("a", b"1", ttl=10)
        engine.clock.advance(9)
        assert await value(kv, "a") == b"1"

    async def test_an_entry_is_absent_at_the_end_of_its_ttl(self, kv, engine):
        await kv.put("a", b"1", ttl=10)
        engine.clock.advance(10)
        assert await value(kv, "a") is None

    async def test_a_snapshot_leaves_out_what_has_expired(self, kv, engine):
        await kv.commit([Write("a", b"1", ttl=10), Write("b", b"2")])
        engine.clock.advance(10)
        assert await values(kv) == {"b": b"2"}

    async def test_what_has_expired_counts_as_absent(self, kv, engine):
        await kv.put("a", b"1", ttl=10)
        engine.clock.advance(10)
        await kv.put("a", b"2", expect=ABSENT)
        assert await value(kv, "a") == b"2"

    async def test_the_revision_of_what_has_expired_does_not_hold(self, kv, engine):
        revision = await kv.put("a", b"1", ttl=10)
        engine.clock.advance(10)
        with pytest.raises(Aborted, match="REVISION_DIFFERS"):
            await kv.put("a", b"2", expect=revision)

    async def test_a_put_without_ttl_ends_the_one_before(self, kv, engine):
        await kv.put("a", b"1", ttl=10)
        await kv.put("a", b"2")
        engine.clock.advance(10)
        await engine.sweep()
        assert await value(kv, "a") == b"2"

    async def test_a_later_put_gives_more_time(self, kv, engine):
        await kv.put("a", b"1", ttl=10)
        await kv.put("a", b"2", ttl=30)
        engine.clock.advance(20)
        await engine.sweep()
        assert await value(kv, "a") == b"2"

    async def test_watchers_see_what_has_expired_go(self, kv, engine):
        revision = await kv.put("a", b"1", ttl=10)
        async with aclosing(kv.watch()) as watch:
            await anext(watch)
            engine.clock.advance(10)
            await engine.sweep()
            assert await anext(watch) == Change(revision + 1, (Changed("a", None),))

    async def test_a_great_many_expire_and_each_is_seen_to_go_once(self, kv, engine):
        await kv.commit([Write(f"k{one}", b"", ttl=10) for one in range(500)])
        engine.clock.advance(10)
        await engine.sweep()
        gone = [write.key for change in await told(kv, since=1) for write in change.writes if write.value is None]
        assert sorted(gone) == sorted(f"k{one}" for one in range(500))

    async def test_time_goes_on_while_the_store_is_closed(self, engine):
        async with engine.open() as store:
            await store.bucket("b").put("a", b"1", ttl=10)
        engine.clock.advance(10)
        async with engine.open() as store:
            assert await value(store.bucket("b"), "a") is None

    @pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf")])
    async def test_what_is_no_time_to_live_is_refused(self, kv, ttl):
        with pytest.raises(InvalidArgument, match="WRITE_INVALID"):
            await kv.put("a", b"1", ttl=ttl)


class Watches:
    async def test_a_watch_begins_with_a_bookmark_at_the_revision_of_the_bucket(self, kv):
        revision = await kv.put("a", b"1")
        assert await told(kv) == [Change(revision, ())]

    async def test_changes_come_in_order_and_once(self, kv):
        async with aclosing(kv.watch()) as watch:
            await anext(watch)
            await asyncio.gather(*(kv.put("a", b"%d" % one) for one in range(50)))
            assert [(await anext(watch)).revision for _ in range(50)] == list(range(1, 51))

    async def test_a_commit_comes_whole(self, kv):
        async with aclosing(kv.watch()) as watch:
            await anext(watch)
            await kv.commit([Write("a", b"1"), Write("b", b"2")])
            assert await anext(watch) == Change(1, (Changed("a", b"1"), Changed("b", b"2")))

    async def test_a_deletion_comes_without_a_value(self, kv):
        await kv.put("a", b"1")
        async with aclosing(kv.watch()) as watch:
            await anext(watch)
            await kv.delete("a")
            assert await anext(watch) == Change(2, (Changed("a", None),))

    async def test_what_is_not_under_the_prefix_is_left_out(self, kv):
        async with aclosing(kv.watch("a/")) as watch:
            await anext(watch)
            await kv.put("b/1", b"1")
            await kv.commit([Write("a/1", b"2"), Write("b/2", b"2")])
            assert await anext(watch) == Change(2, (Changed("a/1", b"2"),))

    async def test_a_watch_goes_on_after_the_revision_it_is_given(self, kv):
        for one in range(4):
            await kv.put("a", b"%d" % one)
        changes = await told(kv, since=2)
        assert [change.revision for change in changes] == [3, 4, 4]

    async def test_a_watch_since_0_tells_all(self, kv):
        await kv.put("a", b"1")
        await kv.delete("a")
        assert await told(kv, since=0) == [
            Change(1, (Changed("a", b"1"),)),
            Change(2, (Changed("a", None),)),
            Change(2, ()),
        ]

    async def test_nothing_new_is_a_bookmark_alone(self, kv):
        revision = await kv.put("a", b"1")
        assert await told(kv, since=revision) == [Change(revision, ())]

    async def test_history_of_other_keys_is_left_out_and_counted(self, kv):
        await kv.put("a/1", b"1")
        await kv.put("b/1", b"2")
        assert await told(kv, "a/", since=0) == [Change(1, (Changed("a/1", b"1"),)), Change(2, ())]

    async def test_a_long_history_is_told_without_a_gap(self, kv):
        await asyncio.gather(*(kv.put(f"k{one}", bytes(100)) for one in range(2_500)))
        assert [change.revision for change in await told(kv, since=0)] == [*range(1, 2_501), 2_500]

    async def test_commits_made_while_the_history_is_told_come_once_and_in_order(self, kv):
        await asyncio.gather(*(kv.put(f"k{one}", b"") for one in range(1_500)))
        writing = asyncio.gather(*(kv.put(f"n{one}", b"") for one in range(1_500)))
        revisions = []
        async with aclosing(kv.watch(since=0)) as watch:
            async for change in watch:
                revisions += [change.revision] if change.writes else []
                if len(revisions) == 3_000:
                    break
        await writing
        assert revisions == list(range(1, 3_001))

    async def test_watchers_hear_the_same(self, kv):
        async with aclosing(kv.watch()) as one, aclosing(kv.watch()) as other:
            await anext(one), await anext(other)
            await kv.put("a", b"1")
            assert await anext(one) == await anext(other)

    async def test_a_change_is_heard_of_no_later_than_its_acknowledgement_and_read_then(self, kv):
        async with aclosing(kv.watch()) as watch:
            await anext(watch)
            writing = asyncio.create_task(kv.put("a", b"1"))
            await anext(watch)
            assert await value(kv, "a") == b"1"
            await writing

    async def test_a_quiet_period_ends_with_a_bookmark(self, engine):
        async with engine.open(quiet=0.05) as store:
            kv = store.bucket("b")
            async with aclosing(kv.watch("a/")) as watch:
                await anext(watch)
                revision = await kv.put("b/1", b"")
                while (change := await anext(watch)).revision < revision:
                    assert change.writes == ()
                assert change == Change(revision, ())

    async def test_a_watch_goes_on_after_the_store_was_opened_anew(self, engine):
        async with engine.open() as store:
            seen = await store.bucket("b").put("a", b"1")
            await store.bucket("b").put("a", b"2")
        async with engine.open() as store:
            assert await told(store.bucket("b"), since=seen) == [Change(2, (Changed("a", b"2"),)), Change(2, ())]

    async def test_a_revision_never_made_is_refused(self, kv):
        await kv.put("a", b"1")
        with pytest.raises(OutOfRange, match="REVISION_UNKNOWN"):
            await told(kv, since=2)

    async def test_a_reader_too_far_behind_is_told_so(self, engine):
        async with engine.open(room=10_000) as store:
            kv = store.bucket("b")
            async with aclosing(kv.watch()) as watch:
                await anext(watch)
                for one in range(20):
                    await kv.put(f"k{one}", bytes(1_000))
                with pytest.raises(ResourceExhausted, match="WATCH_OVERFLOW"):
                    await exhausted(watch)

    async def test_a_reader_who_fell_behind_goes_on_without_a_gap(self, engine):
        async with engine.open(room=10_000) as store:
            kv, changes = store.bucket("b"), []
            async with aclosing(kv.watch()) as watch:
                changes.append(await anext(watch))
                for one in range(20):
                    await kv.put(f"k{one}", bytes(1_000))
                with pytest.raises(ResourceExhausted):
                    await exhausted(watch, changes)
            changes += (await told(kv, since=changes[-1].revision))[:-1]
            assert [change.revision for change in changes] == list(range(21))

    async def test_a_commit_larger_than_the_room_of_a_reader_is_told(self, engine):
        async with engine.open(room=100) as store:
            kv = store.bucket("b")
            async with aclosing(kv.watch()) as watch:
                await anext(watch)
                await kv.put("a", bytes(1_000))
                assert (await anext(watch)).revision == 1

    async def test_a_reader_who_keeps_up_may_read_any_amount(self, engine):
        async with engine.open(room=10_000) as store:
            kv = store.bucket("b")
            async with aclosing(kv.watch()) as watch:
                await anext(watch)
                for one in range(20):
                    await asyncio.gather(kv.put("a", bytes(1_000)), kv.put("b", bytes(1_000)))
                    assert [(await anext(watch)).revision for _ in "ab"] == [2 * one + 1, 2 * one + 2]

    async def test_a_slow_reader_slows_nobody(self, engine):
        async with engine.open(room=10_000) as store:
            kv = store.bucket("b")
            async with aclosing(kv.watch()) as slow, aclosing(kv.watch()) as quick:
                await anext(slow), await anext(quick)
                for one in range(20):
                    await kv.put(f"k{one}", bytes(1_000))
                    assert (await anext(quick)).revision == one + 1


class Moments:
    async def test_a_snapshot_is_in_the_order_of_keys(self, kv):
        await kv.commit([Write(key, b"") for key in ("b", "a/2", "a", "ä", "a/1")])
        assert [entry.key for entry in (await kv.snapshot()).entries] == ["a", "a/1", "a/2", "b", "ä"]

    async def test_a_snapshot_has_what_is_under_its_prefix(self, kv):
        await kv.commit([Write(key, b"") for key in ("a", "a/", "a/1", "a/\U0010ffff", "a0", "b")])
        assert list(await values(kv, "a/")) == ["a/", "a/1", "a/\U0010ffff"]

    async def test_the_last_of_all_characters_is_a_prefix_like_any(self, kv):
        await kv.commit([Write(key, b"") for key in ("a", "\U0010ffff", "\U0010ffff1")])
        assert list(await values(kv, "\U0010ffff")) == ["\U0010ffff", "\U0010ffff1"]

    async def test_a_snapshot_never_shows_half_a_commit(self, kv):
        async def write():
            for one in range(100):
                await kv.commit([Write("a", b"%d" % one), Write("b", b"%d" % one)])

        writing = asyncio.create_task(write())
        while not writing.done():
            assert len({entry.value for entry in (await kv.snapshot()).entries}) <= 1
        await writing

    async def test_a_snapshot_and_a_watch_from_its_revision_miss_nothing(self, kv):
        writing = asyncio.gather(*(kv.put(f"k{one}", b"") for one in range(500)))
        snapshot = await kv.snapshot()
        await writing
        seen = {entry.key for entry in snapshot.entries}
        seen |= {write.key for change in await told(kv, since=snapshot.revision) for write in change.writes}
        assert seen == {f"k{one}" for one in range(500)}

    async def test_the_history_of_a_key_is_told_from_the_oldest(self, kv):
        await kv.put("a", b"1")
        await kv.put("b", b"-")
        await kv.delete("a")
        await kv.put("a", b"2")
        assert await kv.history("a") == (
            Change(1, (Changed("a", b"1"),)),
            Change(3, (Changed("a", None),)),
            Change(4, (Changed("a", b"2"),)),
        )

    async def test_a_key_never_written_has_no_history(self, kv):
        assert await kv.history("a") == ()

    async def test_what_stands_stays_when_history_is_compacted(self, kv):
        await kv.put("a", b"1")
        revision = await kv.put("b", b"2")
        await kv.compact(revision + 1)
        assert await values(kv) == {"a": b"1", "b": b"2"}

    async def test_history_before_the_compaction_is_gone(self, kv):
        for one in range(4):
            await kv.put("a", b"%d" % one)
        await kv.compact(3)
        assert [change.revision for change in await kv.history("a")] == [3, 4]

    async def test_a_watch_from_before_the_compaction_is_refused_and_told_where_history_begins(self, kv):
        for one in range(4):
            await kv.put("a", b"%d" % one)
        await kv.compact(3)
        with pytest.raises(OutOfRange, match="COMPACTED") as refusal:
            await told(kv, since=1)
        assert refusal.value.metadata == {"compacted": "2"}

    async def test_a_watch_from_where_history_begins_has_no_gap(self, kv):
        for one in range(4):
            await kv.put("a", b"%d" % one)
        await kv.compact(3)
        assert [change.revision for change in await told(kv, since=2)] == [3, 4, 4]

    async def test_compacting_less_than_before_changes_nothing(self, kv):
        for one in range(4):
            await kv.put("a", b"%d" % one)
        await kv.compact(3)
        await kv.compact(1)
        with pytest.raises(OutOfRange):
            await told(kv, since=1)

    async def test_compacting_all_leaves_a_bucket_that_counts_on(self, engine):
        async with engine.open() as store:
            await store.bucket("b").put("a", b"1")
            await store.bucket("b").delete("a")
            await store.bucket("b").compact(1_000)
        async with engine.open() as store:
            assert await store.bucket("b").put("a", b"1") == 3

    async def test_compaction_under_a_watch_takes_nothing_from_it(self, kv):
        async with aclosing(kv.watch()) as watch:
            await anext(watch)
            for one in range(4):
                await kv.put("a", b"%d" % one)
            await kv.compact(5)
            assert [(await anext(watch)).revision for _ in range(4)] == [1, 2, 3, 4]

    async def test_compacting_a_bucket_that_was_never_written_is_no_fault(self, kv):
        await kv.compact(10)
        assert await kv.put("a", b"1") == 1


class Closing:
    async def test_what_was_acknowledged_is_there_after_opening_anew(self, engine):
        async with engine.open() as store:
            revision = await store.bucket("b").put("a", b"1")
        async with engine.open() as store:
            entry = (await store.bucket("b").get("a")).entry
            assert (entry.value, entry.revision) == (b"1", revision)

    async def test_closing_waits_for_what_was_taken(self, engine):
        async with engine.open() as store:
            writing = [asyncio.create_task(store.bucket("b").put(f"k{one}", b"")) for one in range(100)]
            await asyncio.sleep(0)
        assert sorted([await one for one in writing]) == list(range(1, 101))

    @pytest.mark.parametrize(
        "use",
        [
            lambda kv: kv.get("a"),
            lambda kv: kv.put("a", b""),
            lambda kv: kv.delete("a"),
            lambda kv: kv.commit([Write("a", b"")]),
            lambda kv: kv.history("a"),
            lambda kv: kv.snapshot(),
            lambda kv: kv.compact(1),
            lambda kv: anext(kv.watch()),
        ],
        ids=["get", "put", "delete", "commit", "history", "snapshot", "compact", "watch"],
    )
    async def test_a_closed_store_refuses(self, engine, use):
        async with engine.open() as store:
            kv = store.bucket("b")
        with pytest.raises(Unavailable, match="STORE_CLOSED"):
            await use(kv)

    async def test_a_watch_tells_the_last_commit_and_ends_when_the_store_closes(self, engine):
        async with engine.open() as store:
            watch = store.bucket("b").watch()
            await anext(watch)
            await store.bucket("b").put("a", b"1")
        assert (await anext(watch)).revision == 1
        with pytest.raises(Unavailable, match="STORE_CLOSED"):
            await anext(watch)
