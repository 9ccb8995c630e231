"""A second port that tells health and nothing else, in plaintext: for probes that cannot speak TLS."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc

from trunkline.runtime.freed import guard_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trunkline.runtime.health import Health

OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_concurrent_streams", 16),
    ("grpc.max_receive_message_length", 1024),
    ("grpc.max_metadata_size", 4096),
    ("grpc.absolute_max_metadata_size", 4096),
    ("grpc.max_connection_idle_ms", 60_000),
    ("grpc.max_allowed_incoming_connections", 256),
)


@asynccontextmanager
async def health_port(address: str | None, health: Health) -> AsyncIterator[int | None]:
    """Answer what `health` says at `address` within the block; nowhere where that is None. Yield the port.

    Raises OSError where it is taken.
    """
    if address is None:
        yield None
        return
    guard_log()
    server = grpc.aio.server(options=OPTIONS)
    health.serve_on(server)
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"health.listen: cannot listen on {address}: the port is taken or not ours") from error
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)
