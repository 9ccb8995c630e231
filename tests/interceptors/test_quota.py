from __future__ import annotations

import pytest
from echo import Generating
from interceptors.hand import ECHO, new_call

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.call import Call, Method, Principal, Shape, Side
from trunkline.config import Limits
from trunkline.errors import PermissionDenied, ResourceExhausted
from trunkline.interceptors.quota import StreamQuota
from trunkline.policy import AccessPolicy, Policy
from trunkline.runtime.chain import admit, compose, enter, leave
from trunkline.testing import Loopback

STREAMS = [Shape.UNARY_STREAM, Shape.STREAM_UNARY, Shape.STREAM_STREAM]


def a_method(shape=Shape.STREAM_STREAM, *, public=False) -> Method:
    return Method("campus.Accounts", "Watch", shape, Policy(access=AccessPolicy(public=public)), object, object)


class Streams:
    """What the runtime does with calls of one quota."""

    def __init__(self, most):
        self.quota = StreamQuota(most)
        self.entered = []  # a generator that nobody holds would end

    def begin(self, principal, shape=Shape.STREAM_STREAM):
        call = Call(a_method(shape), Side.SERVER)
        chain = compose([self.quota], call.method, Side.SERVER)
        entered = enter(chain, call)
        self.entered.append(entered)
        call.principal = principal
        try:
            admit(chain, call)
        except ResourceExhausted as error:
            leave(entered, call, error)
            raise
        return lambda error=None: leave(entered, call, error)


def test_a_caller_has_only_so_many_streams_open_whatever_their_shape():
    streams = Streams(most=3)
    for shape in STREAMS:
        streams.begin(Principal("spiffe://mesh/a"), shape)
    with pytest.raises(ResourceExhausted, match=r"spiffe://mesh/a has 3 streams open") as caught:
        streams.begin(Principal("spiffe://mesh/a"))
    assert (caught.value.reason, caught.value.retry_after, caught.value.refused) == ("TOO_MANY_STREAMS", 1.0, True)
    assert streams.quota.refused == 1


def test_one_caller_does_not_use_up_the_streams_of_another():
    streams = Streams(most=1)
    streams.begin(Principal("spiffe://mesh/a"))
    streams.begin(Principal("spiffe://mesh/b"))


def test_whoever_calls_for_many_users_is_one_caller():
    streams = Streams(most=1)
    streams.begin(Principal("anna", actors=("spiffe://mesh/a",)))
    with pytest.raises(ResourceExhausted, match="spiffe://mesh/a"):
        streams.begin(Principal("ben", actors=("spiffe://mesh/a",)))


@pytest.mark.parametrize("error", [None, PermissionDenied("SCOPE_MISSING")])
def test_a_stream_that_has_ended_makes_room(error):
    streams = Streams(most=1)
    streams.begin(Principal("spiffe://mesh/a"))(error)
    streams.begin(Principal("spiffe://mesh/a"))


def test_a_refused_stream_takes_no_room():
    streams = Streams(most=1)
    end = streams.begin(Principal("spiffe://mesh/a"))
    with pytest.raises(ResourceExhausted):
        streams.begin(Principal("spiffe://mesh/a"))
    end()
    streams.begin(Principal("spiffe://mesh/a"))


def test_nothing_is_remembered_of_callers_without_streams():
    streams = Streams(most=1)
    for number in range(100):
        streams.begin(Principal(f"spiffe://mesh/{number}"))()
    assert not streams.quota._open


def test_a_method_without_a_stream_does_not_pay_for_it():
    assert StreamQuota(1).bind(new_call(path=ECHO).method, Side.SERVER) is None


@pytest.mark.parametrize("shape", STREAMS)
def test_a_public_method_has_no_caller_to_count(shape):
    assert StreamQuota(1).bind(a_method(shape, public=True), Side.SERVER) is None


@pytest.fixture
async def loopback():
    async with Loopback() as started:
        yield started


async def test_the_limit_is_a_setting_and_stands_behind_authentication(loopback):
    servicer = Generating()
    await loopback.serve("echo", lambda _: [servicer], limits=Limits(max_streams_per_subject=1))
    first = EchoServiceStub((await loopback.client("first", scopes=["echo.use"])).channel)
    second = EchoServiceStub((await loopback.client("second", scopes=["echo.use"])).channel)
    poor = EchoServiceStub((await loopback.client("poor")).channel)
    held = first.Expand(pb.ExpandRequest(text="wait", count=1))
    await servicer.began.get()
    with pytest.raises(ResourceExhausted, match="spiffe://loopback/first has 1 streams open"):
        await first.Collect(iter([pb.CollectRequest(text="a")]), timeout=0.5)
    with pytest.raises(PermissionDenied):
        await poor.Collect(iter([pb.CollectRequest(text="a")]))
    assert (await second.Collect(iter([pb.CollectRequest(text="a")]))).text == "a"
    assert (await first.Echo(pb.EchoRequest(text="unary"))).text == "unary"
    held.cancel()
    await servicer.ended.get()
