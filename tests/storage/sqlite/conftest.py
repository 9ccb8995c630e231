from __future__ import annotations

import pytest

from trunkline.storage.sqlite import SqliteStore
from trunkline.testing import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "store.db"


@pytest.fixture
def opened(path, clock):
    """Open the store at `path`, as it was left."""
    return lambda **options: SqliteStore.open(path, clock=clock, **options)
