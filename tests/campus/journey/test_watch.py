from __future__ import annotations

from campus.journey.calls import merge
from campus.journey.watch import Watch
from trunkline.testing.loopback import Loopback

COMPONENTS = ["accounts", "activity", "progress"]


async def test_the_calls_of_a_data_set_are_counted_on_the_callers_side(campus, driven):
    calls = merge(await Watch(campus, COMPONENTS).look())
    counts = {method.rpartition("/")[2]: one.count for method, one in calls.items()}
    assert counts == {
        "RegisterUser": 3,
        "OpenSession": 4,
        "Submit": 5,
        "CompleteSession": 2,
        "PauseSession": 1,
        "GetUser": 9,
        "RecordCompletion": 5,
    }
    assert all(one.failed == 0 and 0 < one.p50_ms <= one.p95_ms <= one.p99_ms for one in calls.values())


async def test_the_last_counts_of_a_component_stay_when_it_is_gone():
    async with Loopback() as loopback:
        server = await loopback.serve("accounts", lambda _: [])
        watch = Watch(await loopback.client("journey", scopes=["diagnostics.read"]), ["accounts"])
        before = {one.instance_id for one in await watch.look()}
        await loopback.stop(server)
        assert {one.instance_id for one in await watch.look()} == before
        assert server.instance_id in before
