import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

SOURCE = Path(__file__).parents[2] / "src"
QUIET = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}


@dataclass
class Done:
    status: int
    out: str
    err: str


Trunkline = Callable[..., Awaitable[Done]]


@pytest.fixture
def trunkline(tmp_path: Path) -> Trunkline:
    """The command line as people use it: a process of its own, in an empty folder."""

    async def run(*arguments: str, **environ: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "trunkline", *arguments, cwd=tmp_path, env=QUIET | {"PYTHONPATH": str(SOURCE)} | environ,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return Done(process.returncode or 0, out.decode(), err.decode())

    return run


class Served:
    """A server that has health and nothing else."""

    def __init__(self, server: grpc.aio.Server, servicer: health.aio.HealthServicer, address: str) -> None:
        self.server = server
        self.servicer = servicer
        self.address = address

    async def says(self, service: str, status: str) -> None:
        await self.servicer.set(service, health_pb2.HealthCheckResponse.ServingStatus.Value(status))


async def serving(address: str = "127.0.0.1:0", credentials: grpc.ServerCredentials | None = None) -> Served:
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    if credentials:
        port = server.add_secure_port(address, credentials)
    else:
        port = server.add_insecure_port(address)
    await server.start()
    return Served(server, servicer, f"127.0.0.1:{port}")


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    one = await serving()
    yield one
    await one.server.stop(None)
