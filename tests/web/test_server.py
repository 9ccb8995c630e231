from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from wire import asked

from trunkline.config.address import split_address
from trunkline.web import Document, serving
from trunkline.web.server import MAX_REQUEST_BYTES, Web

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
HALF = b"GET /"


@asynccontextmanager
async def listening(text: str = "a", **options):
    web = Web({"/a": lambda: Document(text)}, **options)
    try:
        yield await web.start("127.0.0.1:0"), web
    finally:
        await web.close()


@asynccontextmanager
async def half_asked(address: str):
    """A connection on which a request has begun that will never end."""
    reader, writer = await asyncio.open_connection(*split_address(address))
    writer.write(HALF)
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def cut_off(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(), 5.0) == b""
    except ConnectionResetError:
        return True


async def test_a_request_is_answered_and_the_connection_ends():
    async with listening("what is here") as (address, _):
        status, headers, body = await asked(address, GET)
    assert (status, headers["Connection"], body) == (200, "close", "what is here")


async def test_a_document_is_made_anew_for_each_request():
    numbers = iter("12")
    async with serving({"/a": lambda: Document(next(numbers))}, "127.0.0.1:0", what="numbers") as address:
        assert [(await asked(address, GET))[2] for _ in range(2)] == ["1", "2"]


async def test_a_request_that_is_too_large_is_refused():
    async with listening() as (address, _):
        status, _, _ = await asked(address, b"GET /a HTTP/1.1\r\nA: " + b"a" * MAX_REQUEST_BYTES)
    assert status == 431


async def test_a_client_that_never_finishes_its_request_is_cut_off_and_holds_up_nobody():
    async with listening(patience=0.5) as (address, _), half_asked(address) as reader:
        assert (await asked(address, GET))[0] == 200
        assert await cut_off(reader)


async def test_more_at_once_than_allowed_are_turned_away_and_counted():
    async with listening(most=1, patience=60.0) as (address, web):
        async with half_asked(address):
            while not web.busy:
                await asyncio.sleep(0)
            status, _, _ = await asked(address, GET)
            assert (status, web.turned_away) == (503, 1)
        while web.busy:
            await asyncio.sleep(0)
        assert (await asked(address, GET))[0] == 200


async def test_closing_cuts_off_who_is_still_asking():
    async with listening(patience=60.0) as (address, web), half_asked(address) as reader:
        while not web.busy:
            await asyncio.sleep(0)
        await web.close()
        assert await cut_off(reader)


async def test_a_taken_port_is_told_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=f"^numbers cannot be served on {address}: the port is taken or not ours$"):
            async with serving({}, address, what="numbers"):
                pass


async def test_at_the_end_of_the_block_nobody_listens_any_more():
    async with serving({}, "127.0.0.1:0", what="nothing") as address:
        pass
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(*split_address(address))
