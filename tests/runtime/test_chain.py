from __future__ import annotations

import asyncio

import pytest
from echo import SHAPES, Generating, Writing, wired

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.call import Call, Side
from trunkline.descriptors import find_method
from trunkline.errors import Cancelled, Code, Internal, MeshError, NotFound, PermissionDenied, Unknown
from trunkline.interceptors.recovery import Recovery
from trunkline.runtime.chain import Chain, Interceptor, admit, compose, enter, leave

ECHO = find_method("/trunkline.api.testing.v1.EchoService/Echo")
STYLES = pytest.mark.parametrize("style", [Generating, Writing])
ALL_SHAPES = pytest.mark.parametrize("shape", SHAPES)
SIDES = pytest.mark.parametrize("side", list(Side))


class Recorder(Interceptor):
    """Notes what it sees of each call, and in the end that nothing is left in flight."""

    def __init__(self, name: str = "one") -> None:
        self.name = name
        self.seen: list[str] = []
        self.codes: list[Code | None] = []
        self.in_flight = 0
        self.ended: asyncio.Queue[Code | None] = asyncio.Queue()

    def around(self, call):
        self.in_flight += 1
        self.seen.append(f"{self.name} enters")
        try:
            yield
        finally:
            self.in_flight -= 1
            self.seen.append(f"{self.name} leaves")
            self.codes.append(call.code)
            self.ended.put_nowait(call.code)

    async def admit(self, call):
        await asyncio.sleep(0)
        self.seen.append(f"{self.name} admits")

    def message(self, call, message):
        self.seen.append(f"{self.name} reads {message.text}")

    def response(self, call, message):
        self.seen.append(f"{self.name} writes {message.text}")


def on(side: Side, *interceptors: Interceptor) -> dict[str, tuple[Interceptor, ...]]:
    return {side.value: interceptors}


@STYLES
@ALL_SHAPES
@SIDES
async def test_every_part_sees_every_call(style, shape, side):
    recorder = Recorder()
    async with wired(style(), **on(side, recorder)) as wire:
        assert await wire.call(shape, "a", "a") == (["a"] if shape == "Echo" else ["a", "a"])
        assert await recorder.ended.get() is Code.OK
    reads = 1 if shape in {"Echo", "Expand"} else 2
    assert recorder.seen.count("one reads a") == reads
    assert recorder.seen.count("one admits") == 1
    assert recorder.seen[0] == "one enters"
    assert recorder.seen[-1] == "one leaves"
    assert recorder.in_flight == 0


@STYLES
@ALL_SHAPES
@SIDES
async def test_both_sides_agree_on_the_code_of_a_failure(style, shape, side):
    recorder = Recorder()
    async with wired(style(), **on(side, recorder)) as wire:
        with pytest.raises(NotFound) as caught:
            await wire.call(shape, "missing")
        assert (caught.value.reason, caught.value.remote, caught.value.domain) == ("NO_ECHO", True, "echo")
        assert await recorder.ended.get() is Code.NOT_FOUND
    assert recorder.in_flight == 0


@STYLES
@ALL_SHAPES
@SIDES
async def test_a_refusal_in_admit_reaches_the_caller(style, shape, side):
    class Refuse(Interceptor):
        async def admit(self, call):
            await asyncio.sleep(0)
            raise PermissionDenied("NOT_TODAY", "come back tomorrow")

    recorder = Recorder()
    async with wired(style(), **on(side, recorder, Refuse())) as wire:
        with pytest.raises(PermissionDenied, match="come back tomorrow") as caught:
            await wire.call(shape, "a")
        assert caught.value.remote is (side is Side.SERVER)
        assert await recorder.ended.get() is Code.PERMISSION_DENIED
    assert recorder.in_flight == 0


@STYLES
@ALL_SHAPES
@SIDES
async def test_a_refusal_of_a_message_reaches_the_caller(style, shape, side):
    class Refuse(Interceptor):
        def message(self, call, message):
            raise PermissionDenied("NOT_THIS", "no such words here")

    recorder = Recorder()
    async with wired(style(), **on(side, recorder, Refuse())) as wire:
        with pytest.raises(PermissionDenied, match="no such words"):
            await wire.call(shape, "a")
        assert await recorder.ended.get() is Code.PERMISSION_DENIED
    assert recorder.in_flight == 0


@STYLES
@pytest.mark.parametrize("shape", ["Collect", "Converse"])
async def test_a_refusal_that_comes_while_requests_are_still_sent_is_told_as_it_is(style, shape):
    class Refuse(Interceptor):
        def admit(self, call):
            raise PermissionDenied("NOT_TODAY", "come back tomorrow")

    recorder = Recorder()
    async with wired(style(), server=(Refuse(),), client=(recorder,)) as wire:
        for _ in range(20):
            with pytest.raises(PermissionDenied):
                await wire.call(shape, *["x" * 1000] * 20)
            assert await recorder.ended.get() is Code.PERMISSION_DENIED


@STYLES
@ALL_SHAPES
@SIDES
async def test_an_interceptor_may_put_another_error_in_place_of_the_first(style, shape, side):
    class Replace(Interceptor):
        def around(self, call):
            try:
                yield
            except NotFound as error:
                raise Internal("REPLACED", "something else") from error

    recorder = Recorder()
    async with wired(style(), **on(side, recorder, Replace())) as wire:
        with pytest.raises(Internal, match="something else"):
            await wire.call(shape, "missing")
        assert await recorder.ended.get() is Code.INTERNAL


@STYLES
@ALL_SHAPES
@SIDES
async def test_a_cancelled_call_ends_its_handler_and_leaves_the_chain(style, shape, side):
    recorder = Recorder()
    servicer = style()
    async with wired(servicer, **on(side, recorder)) as wire:
        running = asyncio.create_task(wire.call(shape, "wait"))
        await servicer.began.get()
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()
        assert await servicer.ended.get() == "wait"
        assert await recorder.ended.get() is Code.CANCELLED
    assert recorder.in_flight == 0


@STYLES
@ALL_SHAPES
@SIDES
async def test_a_deadline_ends_the_handler_and_both_sides_say_so(style, shape, side):
    recorder = Recorder()
    servicer = style()
    async with wired(servicer, **on(side, recorder)) as wire:
        with pytest.raises(MeshError) as caught:
            await wire.call(shape, "wait", timeout=0.2)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        assert await servicer.ended.get() == "wait"
        assert await recorder.ended.get() is Code.DEADLINE_EXCEEDED


@STYLES
async def test_a_stream_that_is_dropped_ends_its_handler(style):
    recorder = Recorder()
    servicer = style()
    async with wired(servicer, client=(recorder,)) as wire:
        stream = wire.stub.Expand(pb.ExpandRequest(text="wait", count=5))
        async for _ in stream:
            break
        await servicer.began.get()
        del stream
        assert await servicer.ended.get() == "wait"
        assert await recorder.ended.get() is Code.CANCELLED


async def test_a_call_that_nobody_awaits_leaves_the_chain():
    class Prompt(Recorder):
        def admit(self, call):
            return None

    recorder = Prompt()
    async with wired(client=(recorder,)) as wire:
        wire.stub.Echo(pb.EchoRequest(text="wait"))
        assert await recorder.ended.get() is Code.CANCELLED
    assert recorder.in_flight == 0


@ALL_SHAPES
async def test_messages_of_the_answer_pass_every_interceptor_of_the_server(shape):
    recorder = Recorder()
    async with wired(server=(recorder,)) as wire:
        await wire.call(shape, "a")
    assert "one writes a" in recorder.seen


async def test_the_first_interceptor_is_the_outermost():
    outer, inner = Recorder("outer"), Recorder("inner")
    inner.seen = outer.seen
    async with wired(server=(outer, inner)) as wire:
        await wire.call("Echo", "a")
    assert [line for line in outer.seen if "enters" in line or "leaves" in line] == [
        "outer enters",
        "inner enters",
        "inner leaves",
        "outer leaves",
    ]


async def test_an_abort_of_grpc_itself_passes_unchanged():
    import grpc

    class Aborting(Generating):
        async def Echo(self, request, context):
            context.set_trailing_metadata((("x-more", "yes"),))
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, "too far")

    recorder = Recorder()
    async with wired(Aborting(), server=(recorder,)) as wire:
        with pytest.raises(MeshError, match="too far") as caught:
            await wire.call("Echo", "a")
        assert caught.value.code is Code.OUT_OF_RANGE
        assert await recorder.ended.get() is Code.OUT_OF_RANGE


async def test_a_code_that_the_handler_sets_is_what_the_chain_sees():
    import grpc

    class Setting(Generating):
        async def Echo(self, request, context):
            context.set_code(grpc.StatusCode.ABORTED)
            context.set_details("twice")
            return pb.EchoResponse()

    recorder = Recorder()
    async with wired(Setting(), server=(recorder,)) as wire:
        with pytest.raises(MeshError, match="twice"):
            await wire.call("Echo", "a")
        assert await recorder.ended.get() is Code.ABORTED


def test_what_is_not_overridden_is_not_composed():
    class Quiet(Interceptor):
        def message(self, call, message):
            pass

    chain = compose([Quiet()], ECHO, Side.CLIENT)
    assert (len(chain.arounds), len(chain.admits), len(chain.messages), len(chain.responses)) == (0, 0, 1, 0)


def test_an_interceptor_may_decline_a_method():
    class Never(Interceptor):
        def bind(self, method, side):
            return None

        def message(self, call, message):
            raise AssertionError

    assert compose([Never()], ECHO, Side.SERVER) == Chain()


def test_an_error_cannot_be_swallowed():
    class Swallow(Interceptor):
        def around(self, call):
            try:
                yield
            except NotFound:
                return

    call = Call(ECHO, Side.SERVER)
    entered = enter(compose([Swallow()], ECHO, Side.SERVER), call)
    error = NotFound("X")
    assert leave(entered, call, error) is error
    assert call.code is Code.NOT_FOUND


def test_a_second_yield_is_a_fault_that_is_named():
    class Twice(Interceptor):
        def around(self, call):
            yield
            yield

    call = Call(ECHO, Side.SERVER)
    outer = Recorder()
    error = leave(enter(compose([outer, Twice()], ECHO, Side.SERVER), call), call, None)
    assert isinstance(error, RuntimeError)
    assert "yields more than once" in str(error)
    assert (outer.in_flight, outer.codes) == (0, [Code.INTERNAL])


def test_those_entered_before_a_refusal_are_left_again():
    class Refuse(Interceptor):
        def around(self, call):
            raise Unknown("NO")
            yield

    recorder = Recorder()
    call = Call(ECHO, Side.SERVER)
    with pytest.raises(Unknown):
        enter(compose([recorder, Refuse()], ECHO, Side.SERVER), call)
    assert recorder.codes == [Code.UNKNOWN]


async def test_admission_that_need_not_wait_is_not_awaited():
    class Quick(Interceptor):
        def admit(self, call):
            return None

    assert admit(compose([Quick(), Quick()], ECHO, Side.CLIENT), Call(ECHO, Side.CLIENT)) is None


async def test_a_handler_that_returns_the_wrong_thing_fails_as_a_bug():
    class Forgetful(Generating):
        async def Echo(self, request, context):
            return None

    async with wired(Forgetful(), server=[Recovery(getrandbits=lambda _: 7)]) as wire:
        with pytest.raises(Internal) as caught:
            await wire.call("Echo", "a")
    assert caught.value.reason == "UNEXPECTED"


async def test_a_handler_cancelled_from_within_answers_at_once():
    class Impatient(Generating):
        async def Echo(self, request, context):
            inner = asyncio.create_task(asyncio.Event().wait())
            inner.cancel()
            await inner

    async with wired(Impatient()) as wire:
        with pytest.raises(Cancelled) as caught:
            await wire.call("Echo", "a")
    assert (caught.value.reason, caught.value.remote) == ("HANDLER_CANCELLED", True)


async def test_a_streamed_message_of_the_wrong_type_fails_as_a_bug():
    class Mixed(Generating):
        async def Expand(self, request, context):
            yield pb.GreetResponse(text="a")

    async with wired(Mixed(), server=[Recovery(getrandbits=lambda _: 7)]) as wire:
        with pytest.raises(Internal):
            await wire.call("Expand", "a")


async def test_one_servicer_of_a_service_is_enough():
    async with wired() as wire:
        with pytest.raises(TypeError, match="is served already"):
            wire.servers[0].add(Generating())


async def test_a_deadline_of_a_second_is_told_as_such_on_the_server():
    recorder = Recorder()
    servicer = Generating()
    async with wired(servicer, server=(recorder,)) as wire:
        with pytest.raises(MeshError):
            await wire.call("Echo", "wait", timeout=1.0)
        assert await recorder.ended.get() is Code.DEADLINE_EXCEEDED
