"""(b) Trunkline's whole chain, as a component gets it: `Mesh.open`, `mesh.serve`, a real backbone behind it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from frame.mesh import FILE, backbone, free_addresses, ready, write_mesh

from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from contestants.accounts import REQUEST, Accounts, Calling, Serving
from trunkline import Mesh, Settings
from trunkline.config import load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SERVICE = "campus.api.accounts.v1.AccountsService"


@dataclass(frozen=True, slots=True)
class Ours:
    """A mesh of one backbone, one component and one caller, which samples `sample_ratio` of its traces."""

    sample_ratio: float

    def prepare(self, folder: Path) -> None:
        """Write a mesh file as for production: every default, and no checks of our own answers."""
        for_backbone, for_accounts = free_addresses(2)
        mesh = {
            "environment": "production",
            "settings": {"tracing": {"sample_ratio": self.sample_ratio}},
            "backbone": {"address": for_backbone},
            "components": {
                "accounts": {"address": for_accounts, "services": [SERVICE]},
                "caller": {},
            },
        }
        write_mesh(folder, mesh, scopes={"caller": ["accounts.read"]})

    @asynccontextmanager
    async def serve(self, folder: Path) -> AsyncIterator[Serving]:
        accounts = Accounts()
        async with backbone(folder), Mesh.open(_settings(folder, "accounts")) as mesh:
            serving = asyncio.create_task(mesh.serve(accounts))
            port = asyncio.create_task(mesh.port())
            await asyncio.wait({serving, port}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            address = f"127.0.0.1:{await port}"
            await ready(address, log=folder / "waiting for accounts.log")
            yield Serving(address, lambda: {"answered": accounts.answered, "metrics": _counted(mesh)})
            mesh.stop.asked.set()
            await serving

    @asynccontextmanager
    async def connect(self, folder: Path, address: str) -> AsyncIterator[Calling]:
        async with Mesh.open(_settings(folder, "caller")) as mesh:
            stub = AccountsServiceStub(mesh.channel)
            yield Calling(lambda: stub.GetUser(REQUEST), lambda: {"metrics": _counted(mesh)})


def _settings(folder: Path, component: str) -> Settings:
    return load_settings({"TRUNKLINE_FILE": str(folder / FILE), "TRUNKLINE_COMPONENT": component})


def _counted(mesh: Mesh) -> int:
    """Return how many calls of the service this process has measured."""
    return sum(row.count for row in mesh.calls().calls if SERVICE in row.method)
