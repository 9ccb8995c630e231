"""Any sequence of operations, restarts among them, leaves an engine where a model in memory is."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contract.engine import told
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from trunkline import Aborted, OutOfRange
from trunkline.storage.ports import ABSENT, Change, Changed, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from contract.engine import Engine

KEYS = st.sampled_from(["a", "a/1", "a/2", "b"])
PREFIXES = st.sampled_from(["", "a", "a/", "c"])
VALUES = st.none() | st.binary(max_size=3)
EXPECTATIONS = st.sampled_from(["any", "absent", "standing", "wrong"])
TTLS = st.none() | st.integers(1, 20)
WRITES = st.lists(st.tuples(KEYS, VALUES, EXPECTATIONS, TTLS), max_size=3, unique_by=lambda one: one[0])


@dataclass
class Standing:
    value: bytes
    revision: int
    expires: float | None


@dataclass
class Model:
    """What the port promises, in the plainest form."""

    entries: dict[str, Standing] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    compacted: int = 0

    @property
    def revision(self) -> int:
        return len(self.changes)

    def shown(self, key: str, now: float) -> Standing | None:
        there = self.entries.get(key)
        return there if there and (there.expires is None or there.expires > now) else None

    def holds(self, write: Write, now: float) -> bool:
        there = self.shown(write.key, now)
        return write.expect is None or write.expect == (there.revision if there else ABSENT)

    def commit(self, writes: list[Write], now: float) -> None:
        writes = [write for write in writes if write.value is not None or write.key in self.entries]
        if writes:
            self.changes.append(Change(self.revision + 1, tuple(Changed(one.key, one.value) for one in writes)))
        for write in writes:
            if write.value is None:
                del self.entries[write.key]
            else:
                expires = None if write.ttl is None else now + write.ttl
                self.entries[write.key] = Standing(write.value, self.revision, expires)

    def under(self, prefix: str, since: int) -> list[Change]:
        cut = (
            Change(one.revision, tuple(write for write in one.writes if write.key.startswith(prefix)))
            for one in self.changes[since:]
        )
        return [one for one in cut if one.writes]


class _Machine(RuleBasedStateMachine):
    make: Callable[[Path], Engine]

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.engine = type(self).make(Path(self.folder.name))
        self.model = Model()
        self.run(self.open())

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.run(self.close())
            self.runner.close()
            self.folder.cleanup()

    def run(self, wait):
        return self.runner.run(wait)

    @property
    def now(self) -> float:
        return self.engine.clock.time()

    async def open(self) -> None:
        self.opened = self.engine.open()
        self.kv = (await self.opened.__aenter__()).bucket("b")

    async def close(self) -> None:
        await self.opened.__aexit__(None, None, None)

    @rule(writes=WRITES)
    def commit(self, writes) -> None:
        wanted = [Write(key, value, self.expectation(key, kind), ttl) for key, value, kind, ttl in writes]
        if all(self.model.holds(write, self.now) for write in wanted):
            revision = self.run(self.kv.commit(wanted))
            self.model.commit(wanted, self.now)
            assert revision == self.model.revision
        else:
            with pytest.raises(Aborted, match="REVISION_DIFFERS"):
                self.run(self.kv.commit(wanted))

    def expectation(self, key: str, kind: str) -> int | None:
        there = self.model.entries.get(key)
        return {"any": None, "absent": ABSENT, "standing": there.revision if there else ABSENT, "wrong": 999}[kind]

    @rule(seconds=st.integers(1, 15))
    def advance(self, seconds) -> None:
        self.engine.clock.advance(seconds)

    @rule()
    def sweep(self) -> None:
        self.run(self.engine.sweep())
        for change in self.run(told(self.kv, since=self.model.revision))[:-1]:
            for write in change.writes:
                assert write.value is None
                assert self.model.shown(write.key, self.now) is None
            self.model.commit([Write(write.key, None) for write in change.writes], self.now)
        assert all(self.model.shown(key, self.now) for key in self.model.entries)

    @rule(before=st.integers(0, 40))
    def compact(self, before) -> None:
        self.run(self.kv.compact(before))
        self.model.compacted = max(self.model.compacted, min(before - 1, self.model.revision))

    @rule()
    def restart(self) -> None:
        self.run(self.close())
        self.run(self.open())

    @rule(prefix=PREFIXES, since=st.integers(0, 40))
    def watch(self, prefix, since) -> None:
        if self.model.compacted <= since <= self.model.revision:
            expected = [*self.model.under(prefix, since), Change(self.model.revision, ())]
            assert self.run(told(self.kv, prefix, since=since)) == expected
        else:
            reason = "COMPACTED" if since < self.model.compacted else "REVISION_UNKNOWN"
            with pytest.raises(OutOfRange, match=reason):
                self.run(told(self.kv, prefix, since=since))

    @rule(key=KEYS)
    def history(self, key) -> None:
        mine = [
            Change(one.revision, tuple(write for write in one.writes if write.key == key))
            for one in self.model.changes[self.model.compacted :]
        ]
        assert list(self.run(self.kv.history(key))) == [one for one in mine if one.writes]

    @rule(key=KEYS)
    def get(self, key) -> None:
        reading, there = self.run(self.kv.get(key)), self.model.shown(key, self.now)
        found = (reading.entry.value, reading.entry.revision) if reading.entry else None
        assert (reading.revision, found) == (self.model.revision, there and (there.value, there.revision))

    @invariant()
    def a_snapshot_shows_the_model(self) -> None:
        snapshot = self.run(self.kv.snapshot())
        shown = [(key, self.model.shown(key, self.now)) for key in sorted(self.model.entries)]
        assert snapshot.revision == self.model.revision
        assert [(one.key, one.value, one.revision) for one in snapshot.entries] == [
            (key, there.value, there.revision) for key, there in shown if there
        ]


def machine(make: Callable[[Path], Engine]) -> type[RuleBasedStateMachine]:
    """The state machine over the engine that `make` puts into a folder. It takes a few seconds."""
    made = type("Machine", (_Machine,), {"make": staticmethod(make)})
    made.TestCase.settings = settings(
        max_examples=40, stateful_step_count=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    return made
