import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from desk import Desk, open_desk
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

SOURCE = Path(__file__).parents[2] / "src"


@dataclass
class Done:
    status: int
    out: str
    err: str


Trunkline = Callable[..., Awaitable[Done]]


@pytest.fixture
def quiet() -> dict[str, str]:
    """The environment without settings of ours."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    return outer | {"PYTHONPATH": str(SOURCE)}


@pytest.fixture
def trunkline(tmp_path: Path, quiet: dict[str, str]) -> Trunkline:
    """The command line as people use it: a process of its own, in an empty folder."""

    async def run(*arguments: str, stdin: str | None = None, **environ: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "trunkline", *arguments),
            cwd=tmp_path,
            env=quiet | environ,
            stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await process.communicate(None if stdin is None else stdin.encode())
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


async def start(address: str = "127.0.0.1:0", credentials: grpc.ServerCredentials | None = None) -> Served:
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    await server.start()
    return Served(server, servicer, f"127.0.0.1:{port}")


@pytest.fixture
async def serving() -> AsyncIterator[Callable[..., Awaitable[Served]]]:
    started: list[Served] = []

    async def serve(**options: Any) -> Served:
        started.append(await start(**options))
        return started[-1]

    yield serve
    for one in started:
        await one.server.stop(None)


@pytest.fixture
async def served(serving: Callable[..., Awaitable[Served]]) -> Served:
    return await serving()


DESK = """\
mesh: tests
backbone: {address: "ADDRESS"}
components:
  accounts: {address: "127.0.0.1:9"}
  operator: {}
"""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A backbone with fixed answers, and a mesh file in `tmp_path` whose operator may ask it."""
    desk, server, address = await open_desk()
    (tmp_path / "trunkline.yaml").write_text(DESK.replace("ADDRESS", address))
    secrets = tmp_path / ".trunkline" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "operator").write_text("o" * 43)
    yield desk
    await server.stop(None)


@pytest.fixture
def ask(desk: Desk, trunkline: Trunkline) -> Trunkline:
    """The command line beside that mesh file, in a window of 100 columns."""

    async def run(*arguments: str, **options: str) -> Done:
        return await trunkline(*arguments, **{"COLUMNS": "100", **options})

    return run
