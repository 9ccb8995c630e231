"""The metrics over HTTP, for Prometheus to fetch: `GET /metrics`, one answer a connection, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from trunkline.config.address import join_address, split_address
from trunkline.telemetry.exposition import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATH = "/metrics"
MAX_REQUEST_BYTES = 8 * 1024
PATIENCE = 5.0

logger = logging.getLogger(__name__)


class Scrape:
    """Answers each request with what `render` returns then. `patience`: seconds a client has for the whole exchange."""

    def __init__(self, render: Callable[[], str], *, patience: float = PATIENCE) -> None:
        self._render = render
        self._patience = patience
        self._exchanges: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, listen: str) -> str:
        """Take requests at `listen`; return the address with the port. Raises OSError where it is taken."""
        host, port = split_address(listen)
        try:
            self._server = await asyncio.start_server(self._accept, host, port, limit=MAX_REQUEST_BYTES)
        except OSError as error:
            raise OSError(f"metrics cannot be served on {listen}: the port is taken or not ours") from error
        return join_address(*self._server.sockets[0].getsockname()[:2])

    async def close(self) -> None:
        """Stop listening and cut off what still runs."""
        if self._server is not None:
            self._server.close()
        for exchange in self._exchanges:
            exchange.cancel()
        await asyncio.gather(*self._exchanges, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = asyncio.create_task(self._exchange(reader, writer))
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanges.discard)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._patience):
                writer.write(await self._answer(reader))
                writer.close()
                await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError):  # too slow (TimeoutError is an OSError), or gone
            return
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return _response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
        if len(words) != len(("method", "target", "version")) or not words[2].startswith("HTTP/1."):
            return _response(HTTPStatus.BAD_REQUEST)
        if words[1].partition("?")[0] != PATH:
            return _response(HTTPStatus.NOT_FOUND)
        if words[0] != "GET":
            return _response(HTTPStatus.METHOD_NOT_ALLOWED)
        return _response(HTTPStatus.OK, self._render(), content_type=CONTENT_TYPE)


@asynccontextmanager
async def scraped(listen: str | None, render: Callable[[], str]) -> AsyncIterator[None]:
    """Serve metrics at `listen` for as long as the block lasts; without `listen`, do nothing.

    Raises OSError where the port is taken.
    """
    scrape = Scrape(render)
    try:
        if listen is not None:
            logger.info("metrics at http://%s%s", await scrape.start(listen), PATH)
        yield
    finally:
        await scrape.close()


def _response(status: HTTPStatus, text: str = "", *, content_type: str = "text/plain; charset=utf-8") -> bytes:
    body = (text or f"{status.phrase}\n").encode()
    head = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(["Allow: GET"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []),
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body
