from __future__ import annotations

import pytest

from campus.accounts.store import Users


@pytest.fixture
async def users(url):
    async with Users.open(url) as users:
        yield users
