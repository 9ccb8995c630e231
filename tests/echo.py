"""A servicer in both handler styles, and a wire with any interceptors on either side."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import grpc

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceServicer, EchoServiceStub
from trunkline.clock import SystemClock
from trunkline.config import Limits
from trunkline.errors import NotFound
from trunkline.resilience.balancer import Rotation
from trunkline.resilience.budget import Budget
from trunkline.runtime.channel import MeshChannel
from trunkline.runtime.options import channel_options, server_options
from trunkline.runtime.pool import Endpoint, Pool, Routes
from trunkline.runtime.server import MeshServer

SERVICE = "trunkline.api.testing.v1.EchoService"
SHAPES = ("Echo", "Expand", "Collect", "Converse")


def answer(text: str) -> str:
    """Echo `text`, or fail in the way it asks for."""
    if text == "missing":
        raise NotFound("NO_ECHO", "nothing answers")
    if text == "bug":
        raise KeyError("password=hunter2")
    return text


class Generating(EchoServiceServicer):
    """Streams by `yield` and `async for`."""

    def __init__(self) -> None:
        self.began: asyncio.Queue[str] = asyncio.Queue()
        self.ended: asyncio.Queue[str] = asyncio.Queue()

    async def pause(self, text: str) -> None:
        """Wait for ever where the text says so; note the beginning and the end."""
        if text == "wait":
            self.began.put_nowait(text)
            try:
                await asyncio.Event().wait()
            finally:
                self.ended.put_nowait(text)

    async def Echo(self, request, context):
        await self.pause(request.text)
        return pb.EchoResponse(text=answer(request.text))

    async def Hurry(self, request, context):
        return pb.HurryResponse(text=answer(request.text))

    async def Once(self, request, context):
        await self.pause(request.text)
        return pb.OnceResponse(text=answer(request.text))

    async def Greet(self, request, context):
        return pb.GreetResponse(text=answer(request.text))

    async def Expand(self, request, context):
        for _ in range(request.count):
            yield pb.ExpandResponse(text=answer(request.text))
            await self.pause(request.text)

    async def Collect(self, request_iterator, context):
        texts = []
        async for request in request_iterator:
            await self.pause(request.text)
            texts.append(answer(request.text))
        return pb.CollectResponse(text=",".join(texts))

    async def Converse(self, request_iterator, context):
        async for request in request_iterator:
            await self.pause(request.text)
            yield pb.ConverseResponse(text=answer(request.text))


class Writing(Generating):
    """Streams by `context.read` and `context.write`."""

    async def Expand(self, request, context):
        for _ in range(request.count):
            await context.write(pb.ExpandResponse(text=answer(request.text)))
            await self.pause(request.text)

    async def Collect(self, request_iterator, context):
        texts = []
        while (request := await context.read()) is not grpc.aio.EOF:
            await self.pause(request.text)
            texts.append(answer(request.text))
        return pb.CollectResponse(text=",".join(texts))

    async def Converse(self, request_iterator, context):
        while (request := await context.read()) is not grpc.aio.EOF:
            await self.pause(request.text)
            await context.write(pb.ConverseResponse(text=answer(request.text)))


class Wire:
    """Servers of one component and a stub that reaches all of them."""

    def __init__(self, servers, addresses, client):
        self.servers = servers
        self.addresses = addresses
        endpoints = [Endpoint(address, options=channel_options(Limits())) for address in addresses]
        self.pool = Pool("echo", endpoints, balancer=Rotation(), budget=Budget())
        self.channel = MeshChannel(Routes({SERVICE: "echo"}, {"echo": self.pool}), client, draw=lambda: 0.5)
        self.stub = EchoServiceStub(self.channel)

    async def call(self, shape: str, *texts: str, **options):
        """Make one call of any shape; return all texts answered."""
        if shape == "Echo":
            return [(await self.stub.Echo(pb.EchoRequest(text=texts[0]), **options)).text]
        if shape == "Expand":
            stream = self.stub.Expand(pb.ExpandRequest(text=texts[0], count=len(texts)), **options)
            return [response.text async for response in stream]
        if shape == "Collect":
            requests = (pb.CollectRequest(text=text) for text in texts)
            return (await self.stub.Collect(requests, **options)).text.split(",")
        requests = (pb.ConverseRequest(text=text) for text in texts)
        return [response.text async for response in self.stub.Converse(requests, **options)]


@asynccontextmanager
async def wired(*servicers, server=(), client=()):
    """Serve each of `servicers` from a server of its own, all as one component."""
    servers = []
    addresses = []
    for servicer in servicers or (Generating(),):
        one = MeshServer(server, component="echo", options=server_options(Limits()), clock=SystemClock())
        one.add(servicer)
        addresses.append(f"127.0.0.1:{one.listen('127.0.0.1:0')}")
        await one.start()
        servers.append(one)
    wire = Wire(servers, addresses, client)
    try:
        yield wire
    finally:
        await wire.channel.close()
        for one in servers:
            await one.stop()
