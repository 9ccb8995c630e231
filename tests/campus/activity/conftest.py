from __future__ import annotations

import pytest

from campus.activity.store import Sessions


@pytest.fixture
async def sessions(url):
    async with Sessions.open(url) as sessions:
        yield sessions
