from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The checker, the renderer and the reader are plain modules of this folder, in any import mode.
sys.path.insert(0, str(Path(__file__).parent))

from manifests import Manifests, read
from render import NAMES


@pytest.fixture(params=NAMES, scope="session")
def manifests(request: pytest.FixtureRequest) -> Manifests:
    return read(request.param)
