from __future__ import annotations

import asyncio

from campus.journey.chaos import chaos, thresholds
from campus.journey.tally import Tally
from trunkline.testing.clock import ManualClock

COMPONENTS = ("accounts", "activity", "progress")


class Processes:
    """Keeps pids as the supervisor does; a kill is done when `wait_ready` has been asked for."""

    def __init__(self, *names):
        self.pids = {name: number for number, name in enumerate(names, start=100)}
        self.killed = []

    def kill(self, name):
        self.killed.append(name)
        self.pids[name] += 1000
        return self.pids[name] - 1000

    async def wait_ready(self):
        await asyncio.sleep(0)


def test_the_components_die_at_a_quarter_a_half_and_three_quarters():
    assert thresholds(COMPONENTS, 1000) == [(250, "accounts"), (500, "activity"), (750, "progress")]


async def test_each_component_dies_once_and_both_death_and_return_are_told():
    tally, said = Tally(), []
    processes = Processes("backbone", "accounts", "activity/0", "progress")
    killing = asyncio.create_task(
        chaos(processes, COMPONENTS, submissions=4, tally=tally, clock=ManualClock(), say=said.append)
    )
    for _ in range(4):
        tally.add("Submit")
    await killing
    assert processes.killed == ["accounts", "activity/0", "progress"]
    assert said[0] == "killed accounts (pid 101, SIGKILL) after 4 of 4 submissions"
    assert said[1] == "accounts is ready again after 0.0 s (pid 1101)"
    assert len(said) == 6
