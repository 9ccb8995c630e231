from __future__ import annotations

import logging
import resource
import subprocess
import sys

import pytest
from echo import Generating

from trunkline.config import Limits
from trunkline.runtime.openfiles import lifted
from trunkline.testing import Loopback

ENDLESS = resource.RLIM_INFINITY


@pytest.fixture(autouse=True)
def restored():
    """Leave the limits of the test's own process as they were."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("soft", "hard", "needed", "limit"),
    [
        (1024, 4096, 2000, 2000),
        (1024, 4096, 9000, 4096),
        (1024, ENDLESS, 9000, 9000),
        (4096, 8192, 2000, 4096),
        (ENDLESS, ENDLESS, 2000, ENDLESS),
    ],
)
def test_the_soft_limit_rises_to_what_is_needed_as_far_as_the_hard_one_lets(soft, hard, needed, limit):
    assert lifted(soft, hard, needed) == limit


def in_a_process(soft, hard, needed):
    """Return what `allow_files(needed)` says in a process with these limits, and its limits afterwards."""
    program = (
        "import resource; from trunkline.runtime.openfiles import allow_files;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        f"print(allow_files({needed}), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return tuple(int(word) for word in done.stdout.split())


def test_the_limit_of_the_process_is_raised():
    assert in_a_process(soft=128, hard=512, needed=256) == (256, 256, 512)


def test_where_the_hard_limit_is_lower_that_is_what_there_is():
    assert in_a_process(soft=128, hard=512, needed=4096) == (512, 512, 512)


async def test_a_cap_beyond_the_hard_limit_is_warned_of_with_both_numbers(caplog):
    caplog.set_level(logging.WARNING, "trunkline.hosting")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == ENDLESS:
        pytest.skip("THIS MACHINE HAS NO HARD LIMIT ON OPEN FILES")
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()], limits=Limits(max_connections=hard))
    assert f"limits.max_connections is {hard}, for which {hard + 256} files must be open" in caplog.text
    assert f"this process may open {hard}" in caplog.text


async def test_a_cap_that_fits_is_not_spoken_of(caplog):
    caplog.set_level(logging.WARNING, "trunkline.hosting")
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()], limits=Limits(max_connections=10))
    assert not caplog.records
