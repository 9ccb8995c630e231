"""A component of the tests: health and nothing else. Writes what happens to it to `journal` in the data directory."""

import asyncio
import os
import signal
import sys

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from trunkline.cli.supervised import wait_for_the_word
from trunkline.config import load_settings

settings = load_settings(os.environ)
name = f"{settings.component}/{settings.instance}"


def note(event: str) -> None:
    with (settings.data_dir / "journal").open("a") as journal:
        journal.write(f"{event} {name}\n")


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    if settings.component == "stubborn":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: note("ignored"))
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port(settings.listen)
    await server.start()
    note("serving")
    await servicer.set("readiness", health_pb2.HealthCheckResponse.SERVING)
    await stop.wait()
    note("stopping")
    await server.stop(None)


note("started")
ENDS = {"useless": 2, "failing": 1, "idle": 0}
if settings.component in ENDS:
    sys.exit(ENDS[settings.component])
sys.stdout.write(f"hello from {settings.component}\n")
sys.stdout.flush()
wait_for_the_word()
note("begun")
asyncio.run(main())
