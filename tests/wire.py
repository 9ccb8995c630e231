"""One HTTP request by hand, for what serves documents to whoever speaks no gRPC."""

from __future__ import annotations

import asyncio

from trunkline.config.address import split_address


async def asked(address: str, request: bytes) -> tuple[int, dict[str, str], str]:
    """Send a request; return status, headers and body once the other side has closed."""
    reader, writer = await asyncio.open_connection(*split_address(address))
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body
