from __future__ import annotations

import asyncio
import gc

from echo import SERVICE

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.clock import SystemClock
from trunkline.config import Settings
from trunkline.network import routes_from
from trunkline.runtime.channel import MeshChannel


async def failed_stream():
    """Return a stream whose only attempt has failed, as nobody listens, and that nobody has read."""
    route = {"component": "echo", "endpoints": ["127.0.0.1:1"]}
    routes = routes_from(Settings(component="client", routes={SERVICE: route}), SystemClock())
    call = EchoServiceStub(MeshChannel(routes, [], clock=SystemClock())).Expand(pb.EchoRequest(text="a"), timeout=5.0)
    reading = asyncio.ensure_future(call.read())
    while call._raw is None or not call._raw.done():
        await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await routes.close()
    return call


def test_a_stream_that_is_dropped_after_its_loop_has_ended_says_nothing():
    call = asyncio.run(failed_stream())
    del call
    gc.collect()  # what it raised would be a warning, and warnings are errors
