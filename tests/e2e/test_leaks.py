"""Nothing that a server says of a failure helps whoever caused it: every status, its details, and the logs."""

from __future__ import annotations

import logging
import re

import grpc
import pytest
from echo import SERVICE, Generating

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.config import Limits
from trunkline.testing import Loopback

INNER = re.compile(
    r"""Traceback|File\ "|\.py\b|site-packages|<class|object\ at\ 0x|SELECT|hunter2|/srv/|eyJ|Bearer\ \S""", re.VERBOSE
)
"""What belongs to the inside: tracebacks, paths, names of classes, SQL, passwords, tokens."""
FORGED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0."


class Leaking(Generating):
    """Fails with all that an error may hold."""

    async def Echo(self, request, context):
        if request.text == "type":
            return pb.GreetResponse(text="hunter2")
        raise RuntimeError("SELECT * FROM users WHERE password = 'hunter2' -- /srv/app/store.py")

    async def Expand(self, request, context):
        yield pb.ExpandResponse(text="a")
        raise OSError(2, "SELECT hunter2", "/srv/app/secret.key")

    async def Collect(self, request_iterator, context):
        async for _ in request_iterator:
            raise LookupError("hunter2")

    async def Converse(self, request_iterator, context):
        async for _ in request_iterator:
            yield pb.ConverseResponse(text="hunter2 and far more than the contract lets an answer have" * 2)


def said(error) -> str:
    """Return everything that came with a status, as text."""
    pairs = [*(error.initial_metadata() or ()), *(error.trailing_metadata() or ())]
    values = [value.decode("latin-1") if isinstance(value, bytes) else value for _, value in pairs]
    return "\n".join([error.details() or "", *values])


@pytest.fixture
async def loopback():
    async with Loopback() as started:
        await started.serve("echo", lambda _: [Leaking()], limits=Limits(max_message_bytes=100_000))
        yield started


@pytest.fixture
async def channel(loopback):
    async with grpc.aio.insecure_channel(loopback.address("echo")) as one:
        yield one


@pytest.fixture
async def bearer(loopback):
    member = await loopback.client("member", scopes=["echo.use"])
    return ("authorization", f"Bearer {member._membership.tokens.peek('echo')}")


@pytest.fixture
async def poor(loopback):
    return ("authorization", f"Bearer {(await loopback.client('poor'))._membership.tokens.peek('echo')}")


async def failures(channel, bearer, poor):
    """Make every kind of failure; yield what each is told."""
    stub, echo = EchoServiceStub(channel), pb.EchoRequest(text="a")
    forged = ("authorization", f"Bearer {FORGED}")
    calls = {
        "nobody": lambda: stub.Echo(echo),
        "forged": lambda: stub.Echo(echo, metadata=[forged]),
        "changed": lambda: stub.Echo(echo, metadata=[(bearer[0], bearer[1][:-6] + "AAAAAA")]),
        "twice": lambda: stub.Echo(echo, metadata=[bearer, forged]),
        "other scheme": lambda: stub.Echo(echo, metadata=[("authorization", "Basic hunter2")]),
        "no scope": lambda: stub.Echo(echo, metadata=[poor]),
        "unexpected": lambda: stub.Echo(echo, metadata=[bearer]),
        "wrong type": lambda: stub.Echo(pb.EchoRequest(text="type"), metadata=[bearer]),
        "half way": lambda: drained(stub.Expand(pb.ExpandRequest(text="a", count=1), metadata=[bearer])),
        "in a stream": lambda: stub.Collect(iter([pb.CollectRequest(text="a")]), metadata=[bearer]),
        "wrong answer": lambda: drained(stub.Converse(iter([pb.ConverseRequest(text="a")]), metadata=[bearer])),
        "against the rules": lambda: drained(stub.Expand(pb.ExpandRequest(count=200_000), metadata=[bearer])),
        "no message": lambda: channel.unary_unary(f"/{SERVICE}/Echo")(b"\xff\xff", metadata=[bearer]),
        "no message, public": lambda: channel.unary_unary(f"/{SERVICE}/Greet")(b"\xff\xff"),
        "no such method": lambda: channel.unary_unary(f"/{SERVICE}/hunter")(b"", metadata=[bearer]),
        "no such service": lambda: channel.unary_unary("/no.Such/Thing")(b"", metadata=[bearer]),
        "many entries": lambda: stub.Echo(echo, metadata=[bearer, *((f"k{n}", "v") for n in range(100))]),
        "large metadata": lambda: stub.Echo(echo, metadata=[bearer, ("k", "v" * 20_000)]),
        "large message": lambda: stub.Echo(pb.EchoRequest(text="x" * 200_000), metadata=[bearer]),
        "no such health": lambda: channel.unary_unary("/grpc.health.v1.Health/Check")(b"\x0a\x04nope"),
        "no health": lambda: channel.unary_unary("/grpc.health.v1.Health/Check")(b"\xff\xff"),
        "list of health": lambda: channel.unary_unary("/grpc.health.v1.Health/List")(b""),
        "channelz": lambda: channel.unary_unary("/grpc.channelz.v1.Channelz/GetServers")(b"", metadata=[bearer]),
    }
    for name, call in calls.items():
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call()
        yield name, caught.value


async def drained(stream):
    async for _ in stream:
        pass


async def test_no_status_tells_of_the_inside(channel, bearer, poor):
    told = {name: said(error) async for name, error in failures(channel, bearer, poor)}
    assert {name: text for name, text in told.items() if INNER.search(text)} == {}


async def test_logs_never_hold_a_token_and_a_traceback_only_under_its_id(channel, bearer, poor, caplog):
    caplog.set_level(logging.DEBUG)
    async for _ in failures(channel, bearer, poor):
        pass
    secret = [bearer[1][7:], poor[1][7:], FORGED, bearer[1].rpartition(".")[2][:-6]]
    assert [word for word in secret if word in caplog.text] == []
    formatted = [logging.Formatter().format(record) for record in caplog.records]
    assert [line for line in formatted if "Traceback" in line and "error_id" not in line] == []
