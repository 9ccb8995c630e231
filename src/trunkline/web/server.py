"""The server of documents: bounded in the size of a request, the time of an exchange and how many there are at once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from trunkline.config.address import join_address, split_address
from trunkline.web.answer import answer, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from trunkline.web.answer import Document

    Documents = Mapping[str, Callable[[], Document]]

MAX_REQUEST_BYTES = 8 * 1024
MAX_EXCHANGES = 64
PATIENCE = 5.0


class Web:
    """Answers one request a connection with what `documents` have at its path then.

    `patience`: seconds a client has for the whole exchange. Beyond `most` exchanges at once a client is turned away
    with 503; `turned_away` counts them.
    """

    def __init__(self, documents: Documents, *, patience: float = PATIENCE, most: int = MAX_EXCHANGES) -> None:
        self.turned_away = 0
        self._documents = documents
        self._patience = patience
        self._most = most
        self._exchanges: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def busy(self) -> int:
        """How many exchanges run now."""
        return len(self._exchanges)

    async def start(self, listen: str) -> str:
        """Take requests at `listen`; return the address with the port. Raises OSError where it is taken."""
        host, port = split_address(listen)
        self._server = await asyncio.start_server(self._accept, host, port, limit=MAX_REQUEST_BYTES)
        return join_address(*self._server.sockets[0].getsockname()[:2])

    async def close(self) -> None:
        """Stop listening and cut off what still runs."""
        if self._server is not None:
            self._server.close()
        for exchange in self._exchanges:
            exchange.cancel()
        await asyncio.gather(*self._exchanges, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.busy >= self._most:
            self.turned_away += 1
            writer.write(refusal(HTTPStatus.SERVICE_UNAVAILABLE))
            writer.close()
            return
        exchange = asyncio.create_task(self._exchange(reader, writer))
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanges.discard)
        # Here and not in the task, which may be cancelled before its first step.
        exchange.add_done_callback(lambda _: writer.transport.abort())

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._patience):
                writer.write(await self._answer(reader))
                writer.close()
                await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError):  # too slow (TimeoutError is an OSError), or gone
            return

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        return answer(head, self._documents)


@asynccontextmanager
async def serving(documents: Documents, listen: str, *, what: str) -> AsyncIterator[str]:
    """Serve `documents` at `listen` for as long as the block lasts; yield the address with the port.

    Raises OSError, which says `what` cannot be served, where the port is taken.
    """
    web = Web(documents)
    try:
        try:
            address = await web.start(listen)
        except OSError as error:
            raise OSError(f"{what} cannot be served on {listen}: the port is taken or not ours") from error
        yield address
    finally:
        await web.close()
