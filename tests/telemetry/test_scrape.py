from __future__ import annotations

import asyncio
import logging
import re
import socket

import pytest
from echo import Generating
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from wire import asked

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.config.address import split_address
from trunkline.telemetry.exposition import CONTENT_TYPE
from trunkline.testing import Loopback

GET = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"


async def test_a_component_serves_the_metrics_of_its_calls(caplog):
    caplog.set_level(logging.INFO, "trunkline.telemetry.scrape")
    async with Loopback() as mesh:
        await mesh.serve("echo", lambda own: [Generating()], metrics={"listen": "127.0.0.1:0"})
        [address] = re.findall(r"metrics at http://(\S+)/metrics", caplog.text)
        client = await mesh.client("test", scopes=["echo.use"])
        for _ in range(3):
            await EchoServiceStub(client.channel).Echo(pb.EchoRequest(text="a"))
        status, headers, body = await asked(address, GET)
    assert (status, headers["Content-Type"]) == (200, CONTENT_TYPE)
    assert "Cache-Control" not in headers
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
