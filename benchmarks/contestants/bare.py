"""(a) grpc.aio and nothing else: no deadline, no metadata, default options."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc

from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub, add_AccountsServiceServicer_to_server
from contestants.accounts import REQUEST, Accounts, Calling, Serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def prepare(folder: Path) -> None:
    """Nothing is needed."""


@asynccontextmanager
async def serve(folder: Path) -> AsyncIterator[Serving]:
    accounts = Accounts()
    server = grpc.aio.server()
    add_AccountsServiceServicer_to_server(accounts, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield Serving(f"127.0.0.1:{port}", lambda: {"answered": accounts.answered})
    await server.stop(None)


@asynccontextmanager
async def connect(folder: Path, address: str) -> AsyncIterator[Calling]:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = AccountsServiceStub(channel)
        yield Calling(lambda: stub.GetUser(REQUEST), dict)
