"""A revoked token is refused by every instance within two seconds of the acknowledgement, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from faults.identity.component import DEAF
from faults.identity.figure import Figure
from faults.identity.pace import after
from faults.identity.town import INSTANCES, answered, refusal, town

from trunkline.api.identity.v1 import administration_pb2 as admin

if TYPE_CHECKING:
    from pathlib import Path

    from faults.identity.town import Town

    from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub

BOUND = 2.0
ROUNDS, KILLS = 20, 5


async def revocation(folder: Path) -> list[Figure]:
    """Measure how long after the acknowledgement the last instance still let a token in."""
    async with town(folder / "revocation", {}) as there:
        calm = [await _revoked(there, kill=False) for _ in range(ROUNDS)]
        killed = [await _revoked(there, kill=True) for _ in range(KILLS)]
        again = [await refusal(instance, token) for _, token in killed for instance in there.instances]
    found = await _planted(folder)
    return [
        _figure(f"slowest of {INSTANCES} instances", calm),
        _figure("the same, backbone killed at the acknowledgement", killed),
        Figure(
            "revocation",
            "revoked before a kill -9 and let in after it",
            "0",
            str(again.count("")),
            all(reason == "TOKEN_REVOKED" for reason in again),
            f"{len(again)} calls; {sorted(set(again))}",
        ),
        Figure("revocation", "planted bug: an instance is deaf", "found", "found" if found else "missed", found),
    ]


async def _revoked(there: Town, *, kill: bool) -> tuple[float, str]:
    issued = await there.issue()
    before = [await refusal(instance, issued.access_token) for instance in there.instances]
    if any(before):
        raise AssertionError(f"a fresh token was refused: {before}")
    request = admin.RevokeTokenRequest(jti=issued.jti, reason="fault test")
    await answered(lambda: there.admin.RevokeToken(request))
    acknowledged = time.monotonic()
    if kill:
        there.up.kill("backbone")
    lasted = await asyncio.gather(*(_let_in(one, issued.access_token, acknowledged) for one in there.instances))
    return max(lasted), issued.access_token


async def _let_in(instance: EchoServiceStub, token: str, since: float) -> float:
    """Return how many seconds after `since` the instance began to refuse; the bound twice where it never does."""
    while (passed := time.monotonic() - since) < 2 * BOUND:
        if await refusal(instance, token) == "TOKEN_REVOKED":
            return passed
        await after(0.01)
    return passed


async def _planted(folder: Path) -> bool:
    async with town(folder / "deaf", {}, plant=DEAF) as there:
        return (await _revoked(there, kill=False))[0] > BOUND


def _figure(promise: str, rounds: list[tuple[float, str]]) -> Figure:
    slowest = max(seconds for seconds, _ in rounds)
    return Figure(
        "revocation", promise, f"<= {BOUND:g} s", f"{slowest:.3f} s", slowest <= BOUND, f"{len(rounds)} rounds"
    )
