from __future__ import annotations

import pytest
from issued import NOW, Vouching

from trunkline.testing import ManualClock


@pytest.fixture(scope="session")
def vouching() -> Vouching:
    return Vouching()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW.timestamp())
