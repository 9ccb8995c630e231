from __future__ import annotations

import asyncio

import grpc
import pytest
from echo import Generating, wired

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.call import current_call
from trunkline.errors import (
    AlreadyExists,
    Cancelled,
    Code,
    DeadlineExceeded,
    FieldViolation,
    InvalidArgument,
    MeshError,
    NotFound,
    ResourceExhausted,
    Unavailable,
)


class Flaky(Generating):
    """Fails as often as told, then answers."""

    def __init__(self, failures: int, error: MeshError | None = None) -> None:
        super().__init__()
        self.failures = failures
        self.error = error or Unavailable("BUSY", "not now")
        self.left: list[int | None] = []

    def fail(self) -> None:
        self.left.append(current_call().attempts_left)
        if len(self.left) <= self.failures:
            raise self.error

    async def Echo(self, request, context):
        self.fail()
        return pb.EchoResponse(text=request.text)

    async def Once(self, request, context):
        self.fail()
        return pb.OnceResponse(text=request.text)

    async def Expand(self, request, context):
        if request.text == "late":
            yield pb.ExpandResponse(text="first")
        self.fail()
        yield pb.ExpandResponse(text=request.text)


async def test_a_repeatable_call_is_repeated_until_it_succeeds():
    flaky = Flaky(2)
    async with wired(flaky) as wire:
        assert await wire.call("Echo", "a") == ["a"]
    assert flaky.left == [2, 1, 0]


async def test_attempts_end_with_the_policy():
    flaky = Flaky(9)
    async with wired(flaky) as wire:
        with pytest.raises(Unavailable, match="not now") as caught:
            await wire.call("Echo", "a")
    assert len(flaky.left) == 3
    assert caught.value.remote


async def test_a_call_that_may_not_be_repeated_is_sent_once():
    flaky = Flaky(1)
    async with wired(flaky) as wire:
        with pytest.raises(Unavailable):
            await wire.stub.Once(pb.OnceRequest(text="a"))
    assert len(flaky.left) == 1


async def test_another_endpoint_is_asked_first():
    broken, healthy = Flaky(9), Flaky(0)
    async with wired(broken, healthy) as wire:
        for _ in range(4):
            assert await wire.call("Echo", "a") == ["a"]
    assert len(healthy.left) == 4


async def test_a_stream_is_repeated_before_its_first_response_only():
    flaky = Flaky(1)
    async with wired(flaky) as wire:
        assert await wire.call("Expand", "a") == ["a"]
    late = Flaky(1)
    async with wired(late) as wire:
        with pytest.raises(Unavailable):
            await wire.call("Expand", "late")
    assert (len(flaky.left), len(late.left)) == (2, 1)


async def test_a_server_that_says_no_more_is_left_alone():
    flaky = Flaky(9, Unavailable("SPENT", "a dependency is down", tried=True))
    async with wired(flaky) as wire:
        with pytest.raises(Unavailable):
            await wire.call("Echo", "a")
    assert len(flaky.left) == 1


async def test_a_call_refused_before_it_ran_is_sent_elsewhere_whatever_the_contract():
    refusing = Flaky(9, ResourceExhausted("FULL", "no room", refused=True))
    async with wired(refusing, Flaky(0)) as wire:
        answers = [(await wire.stub.Once(pb.OnceRequest(text="a"))).text for _ in range(4)]
    assert answers == ["a"] * 4


async def test_an_endpoint_that_is_down_is_named_with_the_time_spent():
    async with wired(Generating()) as wire:
        await wire.servers[0].stop()
        told = r"EchoService \(echo\): tried 127\.0\.0\.1:\d+, 5 attempts in \d"
        with pytest.raises(Unavailable, match=told) as caught:
            await wire.call("Echo", "a")
    assert (caught.value.reason, caught.value.remote, caught.value.tried) == ("UNREACHABLE", False, True)
    assert caught.value.metadata["endpoints"] == wire.addresses[0]


async def test_a_service_nobody_serves_is_named():
    async with wired(Generating()) as wire:
        wire.channel._routes._services.clear()
        with pytest.raises(Unavailable, match="no component of this mesh is known to serve"):
            await wire.call("Echo", "a")
        with pytest.raises(Unavailable, match="no component"):
            await wire.call("Expand", "a")


async def test_the_budget_bounds_retries_of_all_calls_together():
    flaky = Flaky(10_000)
    async with wired(flaky) as wire:
        await asyncio.gather(*(wire.call("Echo", "a") for _ in range(100)), return_exceptions=True)
    assert len(flaky.left) <= 100 + 10 + 20 + 15


async def test_a_retry_waits_no_longer_than_the_deadline():
    flaky = Flaky(9, Unavailable("LATER", "in a minute", retry_after=60.0))
    async with wired(flaky) as wire:
        with pytest.raises(Unavailable, match="in a minute") as caught:
            await wire.call("Echo", "a", timeout=1.0)
    assert caught.value.retry_after == 60.0
    assert len(flaky.left) == 1


async def test_a_call_object_answers_like_one_of_grpc():
    async with wired(Flaky(1)) as wire:
        call = wire.stub.Echo(pb.EchoRequest(text="a"))
        assert isinstance(call, grpc.aio.UnaryUnaryCall)
        seen: list[object] = []
        call.add_done_callback(seen.append)
        assert await call.code() is grpc.StatusCode.OK
        assert (await call).text == "a"
        assert (await call).text == "a"
        assert (call.done(), call.cancelled(), await call.details(), seen) == (True, False, "", [call])


async def test_a_failed_call_object_keeps_its_error():
    async with wired(Generating()) as wire:
        call = wire.stub.Echo(pb.EchoRequest(text="missing"))
        assert await call.code() is grpc.StatusCode.NOT_FOUND
        assert await call.details() == "nothing answers"
        for _ in range(2):
            with pytest.raises(MeshError) as caught:
                await call
            assert caught.value.code is Code.NOT_FOUND


async def test_a_timeout_names_method_component_and_time():
    servicer = Generating()
    async with wired(servicer) as wire:
        with pytest.raises(DeadlineExceeded, match=r"EchoService/Echo: no answer from echo within 0\.1"):
            await wire.call("Echo", "wait", timeout=0.1)


class Slow(Generating):
    """Never answers the first call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    async def Hurry(self, request, context):
        self.calls += 1
        if self.calls == 1:
            await self.pause("wait")
        return pb.HurryResponse(text=request.text)


async def test_a_slow_call_is_hedged_and_the_loser_cancelled():
    slow = Slow()
    async with wired(slow) as wire:
        assert (await wire.stub.Hurry(pb.HurryRequest(text="a"))).text == "a"
        assert await slow.ended.get() == "wait"
    assert slow.calls == 2


async def test_a_quick_call_is_not_hedged():
    slow = Slow()
    slow.calls = 1
    async with wired(slow) as wire:
        assert (await wire.stub.Hurry(pb.HurryRequest(text="a"))).text == "a"
    assert slow.calls == 2


async def test_a_failure_that_is_final_is_not_hedged():
    class Missing(Slow):
        async def Hurry(self, request, context):
            self.calls += 1
            raise NotFound("NO_ECHO", "nothing answers")

    missing = Missing()
    async with wired(missing) as wire:
        with pytest.raises(NotFound):
            await wire.stub.Hurry(pb.HurryRequest(text="a"))
    assert missing.calls == 1


async def test_a_text_that_a_peer_relays_does_not_make_its_call_one_that_never_ran():
    class Relaying(Flaky):
        async def Once(self, request, context):
            self.left.append(None)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "failed to connect to all addresses; last error: GOAWAY")

    relaying = Relaying(9)
    async with wired(relaying) as wire:
        with pytest.raises(Unavailable):
            await wire.stub.Once(pb.OnceRequest(text="a"))
    assert len(relaying.left) == 1


async def test_overload_everywhere_is_not_multiplied_by_going_elsewhere():
    full = [Flaky(10_000, ResourceExhausted("FULL", "no room", refused=True, retry_after=0.001)) for _ in range(4)]
    async with wired(*full) as wire:
        calls = [wire.stub.Once(pb.OnceRequest(text="a")) for _ in range(100)]
        await asyncio.gather(*calls, return_exceptions=True)
    assert sum(len(one.left) for one in full) <= 100 + 10 + 20 + 15


async def test_all_who_await_one_failed_call_share_its_retry():
    flaky = Flaky(1)
    async with wired(flaky) as wire:
        call = wire.stub.Echo(pb.EchoRequest(text="a"))

        async def wait():
            return (await call).text

        assert await asyncio.gather(wait(), wait(), wait()) == ["a"] * 3
    assert len(flaky.left) == 2


async def test_a_cancellation_that_the_server_sent_is_an_error_of_the_call_not_of_its_reader():
    class Ending(Generating):
        async def Expand(self, request, context):
            yield pb.ExpandResponse(text="first")
            await context.abort(grpc.StatusCode.CANCELLED, "enough")

    async with wired(Ending()) as wire:
        with pytest.raises(Cancelled):
            await wire.call("Expand", "a")


async def test_an_error_too_large_for_its_metadata_arrives_all_the_same():
    violations = [FieldViolation(f"field_{number}", "is wrong " * 9) for number in range(600)]

    async with wired(Flaky(9, InvalidArgument("MANY", "x" * 10_000, violations=violations))) as wire:
        with pytest.raises(InvalidArgument) as caught:
            await wire.call("Echo", "a")
    assert (caught.value.reason, len(caught.value.violations)) == ("MANY", 32)


@pytest.mark.parametrize("odd", [{"metadata": {"id": 5}}, {"message": "\ud800"}, {"retry_after": float("inf")}])
async def test_an_error_made_of_odd_things_arrives_as_what_it_is(odd):
    async with wired(Flaky(9, AlreadyExists("ODD", **odd))) as wire:
        with pytest.raises(AlreadyExists) as caught:
            await wire.call("Echo", "a")
    assert caught.value.reason == "ODD"


async def test_a_mesh_belongs_to_one_event_loop():
    async with wired() as wire:
        await wire.call("Echo", "a")

        def elsewhere():
            return asyncio.run(wire.call("Echo", "a"))

        with pytest.raises(RuntimeError, match="belongs to another event loop"):
            await asyncio.to_thread(elsewhere)
