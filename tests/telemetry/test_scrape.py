from __future__ import annotations

import asyncio
import logging
import re
import socket
from contextlib import asynccontextmanager

import pytest
from echo import Generating
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.config.address import split_address
from trunkline.telemetry.exposition import CONTENT_TYPE
from trunkline.telemetry.scrape import MAX_REQUEST_BYTES, Scrape
from trunkline.testing import Loopback

GET = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"


@asynccontextmanager
async def listening(text: str = "# EOF\n", **options):
    scrape = Scrape(lambda: text, **options)
    try:
        yield await scrape.start("127.0.0.1:0")
    finally:
        await scrape.close()


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


async def test_a_scrape_gets_the_text_and_the_connection_ends():
    async with listening("a 1\n# EOF\n") as address:
        status, headers, body = await asked(address, GET)
    assert (status, body) == (200, "a 1\n# EOF\n")
    assert headers == {"Content-Type": CONTENT_TYPE, "Content-Length": str(len(body)), "Connection": "close"}


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /metrics?name=a HTTP/1.0", 200),
        ("GET / HTTP/1.1", 404),
        ("GET /metrics/more HTTP/1.1", 404),
        ("POST /metrics HTTP/1.1", 405),
        ("PRI * HTTP/2.0", 400),
        ("nonsense", 400),
    ],
)
async def test_nothing_but_a_get_of_the_metrics_is_answered_with_them(request_line: str, status: int):
    async with listening() as address:
        found, headers, _ = await asked(address, f"{request_line}\r\n\r\n".encode())
    assert found == status
    assert headers.get("Allow") == ("GET" if status == 405 else None)


async def test_a_request_that_is_too_large_is_refused():
    async with listening() as address:
        status, _, _ = await asked(address, b"GET /metrics HTTP/1.1\r\nA: " + b"a" * MAX_REQUEST_BYTES)
    assert status == 431


async def test_a_client_that_never_finishes_its_request_is_cut_off_and_holds_up_nobody():
    async with listening(patience=0.5) as address:
        reader, writer = await asyncio.open_connection(*split_address(address))
        writer.write(b"GET /met")
        assert (await asked(address, GET))[0] == 200
        assert await asyncio.wait_for(reader.read(), 5.0) == b""
        writer.close()
        await writer.wait_closed()


async def test_closing_cuts_off_who_is_still_asking():
    async with listening(patience=60.0) as address:
        reader, writer = await asyncio.open_connection(*split_address(address))
        writer.write(b"GET /met")
        assert (await asked(address, GET))[0] == 200  # so the connection before it is accepted
    assert await asyncio.wait_for(reader.read(), 5.0) == b""
    writer.close()
    await writer.wait_closed()


async def test_a_taken_port_is_told_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=f"^metrics cannot be served on {address}: the port is taken or not ours$"):
            await Scrape(str).start(address)


async def test_a_component_serves_the_metrics_of_its_calls(caplog):
    caplog.set_level(logging.INFO, "trunkline.telemetry.scrape")
    async with Loopback() as mesh:
        await mesh.serve("echo", lambda own: [Generating()], metrics={"listen": "127.0.0.1:0"})
        [address] = re.findall(r"metrics at http://(\S+)/metrics", caplog.text)
        client = await mesh.client("test", scopes=["echo.use"])
        for _ in range(3):
            await EchoServiceStub(client.channel).Echo(pb.EchoRequest(text="a"))
        status, _, body = await asked(address, GET)
    assert status == 200
    counts = {
        sample.labels["rpc_method"]: sample.value
        for family in openmetrics(body)
        for sample in family.samples
        if sample.name == "rpc_server_call_duration_seconds_count"
    }
    assert counts == {"trunkline.api.testing.v1.EchoService/Echo": 3}
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(*split_address(address))


async def test_a_component_whose_metrics_port_is_taken_does_not_start():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with Loopback() as mesh:
            with pytest.raises(OSError, match="metrics cannot be served"):
                await mesh.serve("echo", lambda own: [Generating()], metrics={"listen": address})
