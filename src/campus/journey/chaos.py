"""Kills each component once while the drive runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from campus.journey.tally import Tally
    from trunkline import Clock


class Victims(Protocol):
    """What keeps the processes of a mesh alive: `trunkline.Supervisor`."""

    @property
    def pids(self) -> Mapping[str, int]:
        """The pid of each process that runs."""
        ...

    def kill(self, name: str) -> int:
        """Kill a process with SIGKILL and return its pid."""
        ...

    async def wait_ready(self) -> None:
        """Wait until every process is ready."""
        ...


def thresholds(components: Sequence[str], submissions: int) -> list[tuple[int, str]]:
    """Return after how many submissions each component dies: evenly spread, never at the start nor at the end."""
    parts = len(components) + 1
    return [(submissions * number // parts, name) for number, name in enumerate(components, start=1)]


async def chaos(
    mesh: Victims,
    components: Sequence[str],
    *,
    submissions: int,
    tally: Tally,
    clock: Clock,
    say: Callable[[str], None],
) -> None:
    """Kill the components one after another, each when the one before is ready again; tell `say` of it."""
    for wanted, name in thresholds(components, submissions):
        await tally.until(wanted)
        at = tally.submitted
        process = next(one for one in mesh.pids if one.partition("/")[0] == name)
        pid = mesh.kill(process)
        began = clock.monotonic()
        say(f"killed {process} (pid {pid}, SIGKILL) after {at:,} of {submissions:,} submissions")
        await mesh.wait_ready()
        say(f"{process} is ready again after {clock.monotonic() - began:.1f} s (pid {mesh.pids[process]})")
