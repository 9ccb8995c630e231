"""The embedded engine keeps what the port promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from contract import keyvalue
from contract.engine import Pace
from contract.machine import machine

from trunkline.storage.sqlite import SqliteStore
from trunkline.testing import ManualClock

if TYPE_CHECKING:
    from pathlib import Path


class Sqlite:
    """A file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self._path = folder / "store.db"

    def open(self, *, quiet: float = 30.0, room: int = 1 << 20) -> SqliteStore:
        self._pace = Pace()
        return SqliteStore.open(self._path, clock=self.clock, quiet=quiet, room=room, sleep=self._pace.sleep)

    async def sweep(self) -> None:
        await self._pace.round()


@pytest.fixture
def engine(tmp_path):
    return Sqlite(tmp_path)


@pytest.fixture
async def store(engine):
    async with engine.open() as store:
        yield store


@pytest.fixture
def kv(store):
    return store.bucket("b")


class TestEntries(keyvalue.Entries):
    pass


class TestCommits(keyvalue.Commits):
    pass


class TestExpiry(keyvalue.Expiry):
    pass


class TestWatches(keyvalue.Watches):
    pass


class TestMoments(keyvalue.Moments):
    pass


class TestClosing(keyvalue.Closing):
    pass


TestAgainstTheModel = machine(Sqlite).TestCase
