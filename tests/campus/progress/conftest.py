from __future__ import annotations

import pytest

from campus.progress.store import Results


@pytest.fixture
def url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path}/progress.db"


@pytest.fixture
async def results(url):
    async with Results.open(url) as results:
        yield results
