"""What a stranger or a careless caller sends, over a real socket, against a whole server."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from echo import SERVICE, Generating
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.config import Limits
from trunkline.errors import FailedPrecondition, PermissionDenied, ResourceExhausted
from trunkline.testing import Loopback


@pytest.fixture
def servicer():
    return Generating()


@pytest.fixture
async def loopback(servicer):
    async with Loopback() as started:
        await started.serve("echo", lambda _: [servicer])
        yield started


@pytest.fixture
async def stranger(loopback):
    """A bare channel to the server: no token, no chain."""
    async with grpc.aio.insecure_channel(
        loopback.address("echo"), options=[("grpc.max_send_message_length", -1), ("grpc.max_metadata_size", 1 << 20)]
    ) as channel:
        yield EchoServiceStub(channel)


@pytest.fixture
async def member(loopback):
    return EchoServiceStub((await loopback.client("member", scopes=["echo.use"])).channel)


async def refusal(call) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code()


async def alive(member) -> bool:
    return (await member.Echo(pb.EchoRequest(text="still here"))).text == "still here"


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", "Bearer nonsense"),),
        (("authorization", "Basic dXNlcjpwYXNz"),),
        (("authorization-bin", b"Bearer x"),),
        (("x-user", "admin"), ("x-forwarded-user", "admin")),
        (("authorization", "Bearer a.b.c"), ("authorization", "Bearer a.b.c")),
        (("authorization", "Bearer " + "a" * 9000),),
    ],
)
async def test_without_a_good_token_nobody_gets_in(stranger, member, metadata):
    assert await refusal(stranger.Echo(pb.EchoRequest(text="a"), metadata=metadata)) in {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
    assert await alive(member)


async def test_an_oversized_message_is_refused_and_the_server_unharmed(stranger, member):
    code = await refusal(stranger.Greet(pb.GreetRequest(text="x" * (5 * 1024 * 1024))))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await alive(member)


async def test_a_message_that_swells_when_unpacked_is_refused(stranger, member):
    bomb = stranger.Greet(pb.GreetRequest(text="\0" * (64 * 1024 * 1024)), compression=grpc.Compression.Gzip)
    assert await refusal(bomb) is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await alive(member)


async def test_our_own_client_is_told_of_its_oversized_message(member):
    with pytest.raises(ResourceExhausted):
        await member.Echo(pb.EchoRequest(text="x" * (4 * 1024 * 1024)))
    assert await alive(member)


@pytest.mark.parametrize("size", [17_000, 20_000, 70_000])
async def test_oversized_metadata_is_refused(stranger, member, size):
    code = await refusal(stranger.Greet(pb.GreetRequest(text="a"), metadata=[("x-big", "v" * size)]))
    assert code in {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL}
    assert await alive(member)


@pytest.mark.parametrize("count", [65, 100, 5_000])
async def test_too_many_metadata_entries_are_refused(stranger, member, count):
    code = await refusal(stranger.Greet(pb.GreetRequest(text="a"), metadata=[(f"k{n}", "v") for n in range(count)]))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await alive(member)


async def test_an_unknown_method_is_unimplemented(loopback, member):
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        assert await refusal(channel.unary_unary(f"/{SERVICE}/Nothing")(b"")) is grpc.StatusCode.UNIMPLEMENTED
        assert await refusal(channel.unary_unary("/no.Such/Thing")(b"")) is grpc.StatusCode.UNIMPLEMENTED
    assert await alive(member)


async def test_bytes_that_are_no_message_are_refused(loopback, member):
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        code = await refusal(channel.unary_unary(f"/{SERVICE}/Greet")(b"\xff\xff\xff"))
    assert code in {grpc.StatusCode.INTERNAL, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNKNOWN}
    assert await alive(member)


async def test_a_member_without_the_scope_is_told_which_one(loopback):
    poor = EchoServiceStub((await loopback.client("poor")).channel)
    with pytest.raises(PermissionDenied, match=r"poor may not call .*lacks the scope echo\.use"):
        await poor.Echo(pb.EchoRequest(text="a"))


async def test_a_token_for_one_component_does_not_open_another(loopback):
    await loopback.serve("other", lambda _: [Generating()])
    thief = await loopback.client("thief", scopes=["echo.use"])
    token = thief._membership.tokens.peek("echo")
    async with grpc.aio.insecure_channel(loopback.address("other")) as channel:
        call = EchoServiceStub(channel).Echo(pb.EchoRequest(text="a"), metadata=[("authorization", f"Bearer {token}")])
        assert await refusal(call) is grpc.StatusCode.UNAUTHENTICATED


async def test_hundreds_of_half_open_streams_do_not_keep_others_out(loopback, member):
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        streams = [EchoServiceStub(channel).Converse() for _ in range(90)]
        await asyncio.gather(*(stream.wait_for_connection() for stream in streams), return_exceptions=True)
        assert await alive(member)
        for stream in streams:
            stream.cancel()


async def test_one_call_at_a_time_where_the_contract_says_so(servicer, member):
    first = member.Once(pb.OnceRequest(text="wait"))
    await servicer.began.get()
    with pytest.raises(ResourceExhausted, match="runs 1 calls at once") as caught:
        await member.Once(pb.OnceRequest(text="a"))
    assert (caught.value.reason, caught.value.retry_after) == ("TOO_MANY_CALLS", pytest.approx(0.1))
    first.cancel()


async def reflected(address: str) -> bool:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        try:
            async for answer in stub.ServerReflectionInfo(iter([request])):
                return SERVICE in [one.name for one in answer.list_services_response.service]
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise
    return False


async def test_reflection_is_on_in_development_and_off_in_production():
    async with Loopback() as loopback:
        await loopback.serve("open", lambda _: [Generating()])
        await loopback.serve("closed", lambda _: [Generating()], environment="production")
        assert await reflected(loopback.address("open"))
        assert not await reflected(loopback.address("closed"))


@pytest.mark.parametrize(("environment", "warned"), [("production", True), ("development", False)])
async def test_reflection_in_production_is_warned_of(caplog, environment, warned):
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()], environment=environment, reflection=True)
    assert ("reflection is on in production" in caplog.text) is warned


async def test_channelz_is_not_there_even_in_development(loopback):
    async with grpc.aio.insecure_channel(loopback.address("echo")) as channel:
        call = channel.unary_unary("/grpc.channelz.v1.Channelz/GetServers")(b"")
        assert await refusal(call) is grpc.StatusCode.UNIMPLEMENTED


async def test_a_limit_is_a_setting():
    async with Loopback() as loopback:
        await loopback.serve("echo", lambda _: [Generating()], limits=Limits(max_message_bytes=1024))
        client = await loopback.client("client", scopes=["echo.use"])
        with pytest.raises(ResourceExhausted):
            await EchoServiceStub(client.channel).Echo(pb.EchoRequest(text="x" * 2000))


async def test_services_that_the_mesh_file_does_not_name_are_not_served(tmp_path):
    named = ("campus.api.accounts.v1.AccountsService",)
    async with Loopback() as loopback:
        with pytest.raises(FailedPrecondition) as caught:
            await loopback.serve("echo", lambda _: [Generating()], file=tmp_path / "mesh.yaml", services=named)
    assert caught.value.message.splitlines() == [
        f"mesh.yaml: components.echo.services lacks {SERVICE}, which it serves",
        f"mesh.yaml: components.echo.services names {named[0]}, which it does not serve",
    ]
