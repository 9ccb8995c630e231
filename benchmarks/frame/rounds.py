"""The contestants in turn: one server and one client process each, of which one pair works at a time."""

from __future__ import annotations

import random
import statistics
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contestants import BARE, NAMES, contestant

from frame.process import Child, child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

IN_FLIGHT = 32
# Of the calls of a round under load, so many are made one by one in a serial round, and so many before the first.
SERIAL_SHARE = 0.2
WARM_UP_ROUNDS = 4
SEED = 1


class WrongError(Exception):
    """A contestant does not do what it is compared for."""


@dataclass(slots=True)
class Samples:
    """What one contestant's rounds gave: one value a round, but one latency a call."""

    client_us: list[float] = field(default_factory=list)
    server_us: list[float] = field(default_factory=list)
    calls_per_second: list[float] = field(default_factory=list)
    p50_us: list[float] = field(default_factory=list)
    latencies_us: list[float] = field(default_factory=list)

    @property
    def cpu_us(self) -> list[float]:
        """Client and server together."""
        return [client + server for client, server in zip(self.client_us, self.server_us, strict=True)]


@dataclass(slots=True)
class Pair:
    """The two processes of one contestant, and the CPU seconds they had used at the last look."""

    name: str
    client: Child
    server: Child
    used: tuple[float, float] = (0.0, 0.0)
    made: int = 0

    async def look(self) -> tuple[float, float]:
        """Return the CPU seconds that client and server used since the last look."""
        before, self.used = self.used, (await self.client.ask("cpu"), await self.server.ask("cpu"))
        return self.used[0] - before[0], self.used[1] - before[1]

    async def load(self, calls: int) -> float:
        self.made += calls
        return await self.client.ask("load", calls=calls, in_flight=IN_FLIGHT)


@asynccontextmanager
async def pairs(folder: Path, calls: int) -> AsyncIterator[list[Pair]]:
    """Start every contestant, check that each does its work, warm it up."""
    async with AsyncExitStack() as stack:
        started = [await _start(stack, name, folder / name) for name in NAMES]
        for pair in started:
            await _check(pair)
            await pair.load(WARM_UP_ROUNDS * calls)
            await pair.look()
        yield started
        for pair in started:
            await _count(pair)


async def _start(stack: AsyncExitStack, name: str, folder: Path) -> Pair:
    folder.mkdir()
    contestant(name).prepare(folder)
    server = await stack.enter_async_context(child("server.py", name, folder, log=folder / f"{name} server.log"))
    address = await server.ask("address")
    client = await stack.enter_async_context(
        child("client.py", name, folder, address, log=folder / f"{name} client.log")
    )
    return Pair(name, client, server)


async def _check(pair: Pair) -> None:
    if not await pair.client.ask("check"):
        raise WrongError(f"{pair.name}: the answer is not the user")
    pair.made += 1
    code = await pair.client.ask("refused")
    if pair.name != BARE and code != "UNAUTHENTICATED":
        raise WrongError(f"{pair.name}: a call without a token ended with {code}")
    if pair.name == BARE:
        pair.made += 1


async def _count(pair: Pair) -> None:
    """Hold what each side counted against the calls made: nothing that is paid for may be skipped."""
    client, server = await pair.client.ask("counts"), await pair.server.ask("counts")
    for side, counts in (("client", client), ("server", server)):
        for what, count in counts.items():
            if count < pair.made:
                raise WrongError(f"{pair.name}: {pair.made} calls made, but the {side} counts {count} {what}")


async def load_round(pair: Pair, samples: Samples, calls: int) -> None:
    """Make `calls` calls, IN_FLIGHT at a time.

    CPU counts from the end of this pair's last round: what a process puts off, such as exporting spans, counts too.
    """
    seconds = await pair.load(calls)
    client, server = await pair.look()
    samples.client_us.append(client / calls * 1e6)
    samples.server_us.append(server / calls * 1e6)
    samples.calls_per_second.append(calls / seconds)


async def serial_round(pair: Pair, samples: Samples, calls: int) -> None:
    """Make a share of `calls` calls one by one."""
    serial = max(1, round(calls * SERIAL_SHARE))
    pair.made += serial
    latencies = await pair.client.ask("serial", calls=serial)
    samples.latencies_us.extend(latencies)
    samples.p50_us.append(statistics.median(latencies))


def turns(pairs: Sequence[Pair], rounds: int) -> Iterator[Pair]:
    """Yield every pair once a round, each round in another order, so that none has always the same one before it."""
    orders = random.Random(SEED)
    for _ in range(rounds):
        yield from orders.sample(pairs, len(pairs))
