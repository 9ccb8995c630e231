from __future__ import annotations

import asyncio

from campus.journey.tally import Tally


async def test_who_waits_for_a_number_of_submissions_goes_on_when_it_is_reached():
    tally = Tally()
    waiting = asyncio.create_task(tally.until(2))
    await asyncio.sleep(0)
    tally.add("Submit")
    tally.add("OpenSession")
    await asyncio.sleep(0)
    assert not waiting.done()
    tally.add("Submit")
    await waiting
    assert (tally.calls, tally.submitted) == (3, 2)


async def test_nobody_waits_for_what_is_past():
    tally = Tally()
    tally.add("Submit")
    await tally.until(1)
    await tally.until(0)
