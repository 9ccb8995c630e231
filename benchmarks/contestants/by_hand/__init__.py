"""(c) What a user assembles: OpenTelemetry's gRPC interceptors, PyJWT, prometheus_client, each as commonly written."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc
from opentelemetry.instrumentation.grpc import aio_client_interceptors, aio_server_interceptor

from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub, add_AccountsServiceServicer_to_server
from contestants.accounts import REQUEST, Accounts, Calling, Serving
from contestants.by_hand import auth, metrics, tracing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

prepare = auth.write_keys


@asynccontextmanager
async def serve(folder: Path) -> AsyncIterator[Serving]:
    accounts = Accounts()
    with tracing.provider("accounts") as (provider, spans):
        interceptors = [
            aio_server_interceptor(tracer_provider=provider),
            metrics.ServerMetrics(),
            auth.Verifier(auth.public_key(folder)),
        ]
        server = grpc.aio.server(interceptors=interceptors)
        add_AccountsServiceServicer_to_server(accounts, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        yield Serving(
            f"127.0.0.1:{port}",
            lambda: {"answered": accounts.answered, "spans": spans.flushed(), "metrics": metrics.served()},
        )
        await server.stop(None)


@asynccontextmanager
async def connect(folder: Path, address: str) -> AsyncIterator[Calling]:
    with tracing.provider("caller") as (provider, spans):
        interceptors = [
            *aio_client_interceptors(tracer_provider=provider),
            metrics.ClientMetrics(),
            auth.Bearer(auth.token(folder)),
        ]
        async with grpc.aio.insecure_channel(address, interceptors=interceptors) as channel:
            stub = AccountsServiceStub(channel)
            yield Calling(
                lambda: stub.GetUser(REQUEST),
                lambda: {"spans": spans.flushed(), "metrics": metrics.called()},
            )
