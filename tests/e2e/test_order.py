"""The chain of a whole server, over a real socket: who is turned away, and before what."""

from __future__ import annotations

import grpc
import pytest
from echo import SERVICE, SHAPES, Generating, Writing

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.errors import Code, InvalidArgument, PermissionDenied
from trunkline.runtime.chain import Interceptor
from trunkline.runtime.status import received
from trunkline.testing import Loopback

STYLES = pytest.mark.parametrize("style", [Generating, Writing])
ALL_SHAPES = pytest.mark.parametrize("shape", SHAPES)
BODY = "do not log me"
BROKEN = b"\xff\xff" + BODY.encode()


class Innermost(Interceptor):
    """Stands where the handler begins, and notes what gets so far."""

    def __init__(self):
        self.reached = []

    def admit(self, call):
        self.reached.append(call.method.name)

    def message(self, call, message):
        self.reached.append(message)


@pytest.fixture
async def loopback():
    async with Loopback() as started:
        yield started


@pytest.fixture
def innermost():
    return Innermost()


@pytest.fixture
async def served(loopback, innermost, style):
    return await loopback.serve("echo", lambda _: [style()], interceptors=[innermost])


def raw(channel, shape):
    """Return the method as one that sends bytes."""
    kinds = {
        "Echo": channel.unary_unary,
        "Expand": channel.unary_stream,
        "Collect": channel.stream_unary,
        "Converse": channel.stream_stream,
    }
    return kinds[shape](f"/{SERVICE}/{shape}")


async def refusal(channel, shape, body, metadata=()):
    """Send `body` to a method of any shape; return the status it is refused with."""
    streams = shape in {"Collect", "Converse"}
    call = raw(channel, shape)(iter([body]) if streams else body, metadata=metadata)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await (call if shape in {"Echo", "Collect"} else call.read())
    return caught.value.code()


@STYLES
@ALL_SHAPES
@pytest.mark.parametrize("body", [BROKEN, pb.ExpandRequest(text="", count=200_000).SerializeToString()])
async def test_a_stranger_is_refused_before_anything_is_made_of_what_it_sent(
    loopback, served, innermost, caplog, shape, body
):
    caplog.set_level(0)
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        assert await refusal(channel, shape, body) is grpc.StatusCode.UNAUTHENTICATED
    assert innermost.reached == []
    assert BODY not in caplog.text
    assert "TOKEN_MISSING" in caplog.text


@STYLES
@ALL_SHAPES
async def test_a_member_that_may_not_is_refused_before_anything_is_made_of_what_it_sent(
    loopback, served, innermost, caplog, shape
):
    caplog.set_level(0)
    poor = await loopback.client("poor")
    bearer = [("authorization", f"Bearer {poor._membership.tokens.peek('echo')}")]
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        assert await refusal(channel, shape, BROKEN, bearer) is grpc.StatusCode.PERMISSION_DENIED
    assert innermost.reached == []
    assert BODY not in caplog.text


@STYLES
@ALL_SHAPES
async def test_what_a_member_sends_that_is_no_message_is_told_so(loopback, served, innermost, caplog, shape):
    caplog.set_level(0)
    member = await loopback.client("member", scopes=["echo.use"])
    bearer = [("authorization", f"Bearer {member._membership.tokens.peek('echo')}")]
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        assert await refusal(channel, shape, BROKEN, bearer) is grpc.StatusCode.INVALID_ARGUMENT
    assert innermost.reached == [shape]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("style", [Generating])
async def test_what_is_no_message_has_a_reason(loopback, served):
    member = await loopback.client("member", scopes=["echo.use"])
    bearer = [("authorization", f"Bearer {member._membership.tokens.peek('echo')}")]
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="Echo was sent is no EchoRequest") as caught:
            await raw(channel, "Echo")(BROKEN, metadata=bearer)
    error = received(Code.INVALID_ARGUMENT, caught.value.details(), caught.value.trailing_metadata())
    assert (type(error), error.reason) == (InvalidArgument, "UNREADABLE")


@pytest.mark.parametrize("style", [Generating])
async def test_a_message_is_judged_only_where_its_sender_may_call(loopback, served):
    wrong = pb.ExpandRequest(text="", count=200_000)
    with pytest.raises(PermissionDenied):
        await EchoServiceStub((await loopback.client("poor")).channel).Expand(wrong).read()
    member = await loopback.client("member", scopes=["echo.use"])
    with pytest.raises(InvalidArgument):
        await EchoServiceStub(member.channel).Expand(wrong).read()


@pytest.mark.parametrize("style", [Generating])
async def test_unknown_methods_reach_nobody_and_leave_nothing_behind(loopback, served, innermost):
    metrics = served._telemetry.metrics
    before = len(metrics.active())
    member = await loopback.client("member", scopes=["echo.use"])
    bearer = [("authorization", f"Bearer {member._membership.tokens.peek('echo')}")]
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        for number in range(300):
            for path in (f"/{SERVICE}/Echo{number}", f"/no.Such{number}/Thing", f"/{SERVICE}/Echo/{number}"):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await channel.unary_unary(path)(b"", metadata=bearer)
                assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert innermost.reached == []
    assert len(metrics.active()) == before
    assert served._telemetry.recorder.recorded == 0
