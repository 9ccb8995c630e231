from __future__ import annotations

import pytest

from campus.progress.store import Results


@pytest.fixture
async def results(url):
    async with Results.open(url) as results:
        yield results
