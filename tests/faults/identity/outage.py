"""The backbone freezes: calls go on as long as components can be sure of what is revoked, and then no longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from faults.identity.figure import Figure
from faults.identity.load import Tally, load
from faults.identity.pace import after
from faults.identity.town import refusal, town

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub

if TYPE_CHECKING:
    from pathlib import Path

    from faults.identity.town import Town

RATE = 200.0
FROZEN = 12.0
STALE_AFTER = 8.0
SLACK = 2.0


async def outage(folder: Path) -> list[Figure]:
    """Freeze the backbone for less than the bound, then for more."""
    async with town(folder / "outage", {}) as there:
        short = await _under_load(there)
    async with town(folder / "stale", {"identity": {"revocation": {"stale_after": STALE_AFTER}}}) as there:
        refused_after, back_after = await _stale(there)
    failed = sum(short.failed.values())
    note = f"{short.sent:,} calls at {RATE:g}/s" + (f"; {dict(short.failed)}" if failed else "")
    return [
        Figure(
            "outage", f"calls failed while no key could be fetched for {FROZEN:g} s", "0", f"{failed}", not failed, note
        ),
        Figure(
            "outage",
            f"tokens refused once nothing was heard for {STALE_AFTER:g} s",
            f"<= {STALE_AFTER + SLACK:g} s",
            f"{refused_after:.1f} s",
            refused_after <= STALE_AFTER + SLACK,
        ),
        Figure("outage", "let in again after the thaw", "<= 10 s", f"{back_after:.1f} s", back_after <= 10.0),
    ]


async def _under_load(there: Town) -> Tally:
    echo, tally = EchoServiceStub(there.caller.channel), Tally()
    await echo.Echo(pb.EchoRequest(text="first"))
    there.freeze()
    try:
        await load(lambda: echo.Echo(pb.EchoRequest(text="x")), rate=RATE, seconds=FROZEN, tally=tally)
    finally:
        there.thaw()
    return tally


async def _stale(there: Town) -> tuple[float, float]:
    token = (await there.issue()).access_token
    there.freeze()
    try:
        refused_after = await _until(there, token, {"REVOCATIONS_STALE"}, bound=2 * STALE_AFTER)
    finally:
        there.thaw()
    return refused_after, await _until(there, token, {""}, bound=20.0)


async def _until(there: Town, token: str, wanted: set[str], *, bound: float) -> float:
    """Return the seconds until every instance answers so, `bound` where one does not by then."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while (passed := loop.time() - began) < bound:
        if {await refusal(instance, token) for instance in there.instances} == wanted:
            return passed
        await after(0.05)
    return bound
