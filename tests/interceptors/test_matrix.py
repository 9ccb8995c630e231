"""Every interceptor of the mesh, on its side, for all four shapes and both handler styles."""

from __future__ import annotations

import asyncio
import dataclasses
import random

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from echo import SERVICE, SHAPES, Generating, Writing, wired

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.call import Side, current_call
from trunkline.clock import SystemClock
from trunkline.errors import (
    Code,
    DeadlineExceeded,
    Internal,
    InvalidArgument,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant
from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier
from trunkline.interceptors.access import Access
from trunkline.interceptors.admission import MetadataLimit
from trunkline.interceptors.auth import ClientAuth, ServerAuth
from trunkline.interceptors.deadline import ClientDeadline, ServerDeadline
from trunkline.interceptors.logging import Logging
from trunkline.interceptors.metrics import Metrics
from trunkline.interceptors.recovery import Recovery
from trunkline.interceptors.tracing import ClientTracing, ServerTracing
from trunkline.interceptors.types import TypeCheck
from trunkline.interceptors.validation import ResponseValidation, Validation
from trunkline.telemetry.metrics import CallMetrics
from trunkline.telemetry.recorder import SpanRecorder
from trunkline.telemetry.sampling import Sampler

CLOCK = SystemClock()
STYLES = pytest.mark.parametrize("style", [Generating, Writing])
ALL_SHAPES = pytest.mark.parametrize("shape", SHAPES)
SIDES = pytest.mark.parametrize("side", list(Side))


async def until(condition):
    """Let the loop run until `condition` holds; the test's own timeout bounds it."""
    while not condition():
        await asyncio.sleep(0)


@STYLES
@ALL_SHAPES
@SIDES
async def test_metrics_count_each_outcome_once_and_nothing_stays_in_flight(style, shape, side):
    metrics = CallMetrics()
    servicer = style()
    async with wired(servicer, **{side.value: [Metrics(metrics, CLOCK)]}) as wire:
        await wire.call(shape, "a")
        with pytest.raises(Exception, match="nothing answers"):
            await wire.call(shape, "missing")
        running = asyncio.create_task(wire.call(shape, "wait"))
        await servicer.began.get()
        running.cancel()
        await asyncio.wait({running})
        await until(lambda: sum(one.count for one in metrics.snapshot()) == 3)
    counted = {one.code: one.count for one in metrics.snapshot()}
    assert counted == {Code.OK: 1, Code.NOT_FOUND: 1, Code.CANCELLED: 1}
    assert set(metrics.active().values()) == {0}


@STYLES
@ALL_SHAPES
async def test_the_spans_of_both_sides_are_one_trace(style, shape):
    recorder = SpanRecorder(100)
    sampler = Sampler(1.0, getrandbits=random.getrandbits)
    server, client = ServerTracing(sampler, recorder, CLOCK), ClientTracing(sampler, recorder, CLOCK)
    async with wired(style(), server=[server], client=[client]) as wire:
        await wire.call(shape, "a")
        await until(lambda: recorder.recorded == 2)
    (root,) = recorder.recent_roots()
    below = next(span for span in recorder.spans_of(root.trace_id) if span is not root)
    assert (root.parent_id, below.parent_id) == ("", root.span_id)
    assert root.name == below.name == f"{SERVICE}/{shape}"


@STYLES
@ALL_SHAPES
@SIDES
@pytest.mark.parametrize("ratio", [0.0, 1.0])
async def test_tracing_lets_a_cancellation_reach_the_handler(style, shape, side, ratio):
    recorder = SpanRecorder(100)
    sampler = Sampler(ratio, getrandbits=random.getrandbits)
    tracing = (ServerTracing if side is Side.SERVER else ClientTracing)(sampler, recorder, CLOCK)
    servicer = style()
    async with wired(servicer, **{side.value: [tracing]}) as wire:
        running = asyncio.create_task(wire.call(shape, "wait"))
        await servicer.began.get()
        running.cancel()
        await asyncio.wait({running})
        assert await servicer.ended.get() == "wait"
        await until(lambda: recorder.recorded == int(ratio))


@STYLES
@ALL_SHAPES
async def test_a_failed_call_is_logged_with_its_reason_and_an_audited_silence_is_kept(style, shape):
    with structlog.testing.capture_logs() as lines:
        async with wired(style(), server=[Logging(one_in=1000, slow=60.0, clock=CLOCK)]) as wire:
            with pytest.raises(Exception, match="nothing answers"):
                await wire.call(shape, "missing")
            await until(lambda: lines)
    (line,) = lines
    assert (line["code"], line["reason"], line["method"]) == ("NOT_FOUND", "NO_ECHO", f"{SERVICE}/{shape}")


@STYLES
@ALL_SHAPES
async def test_an_unexpected_error_leaves_with_an_id_and_without_its_text(style, shape):
    with structlog.testing.capture_logs() as lines:
        async with wired(style(), server=[Recovery(getrandbits=random.getrandbits)]) as wire:
            with pytest.raises(Internal) as caught:
                await wire.call(shape, "bug")
    assert "hunter2" not in str(caught.value)
    assert caught.value.metadata["error_id"] == lines[0]["error_id"]
    assert caught.value.metadata["error_id"] in caught.value.message


class Deaf(ServerDeadline):
    """Lets no contract have more time."""

    def bind(self, method, side):
        return self


@STYLES
@ALL_SHAPES
@pytest.mark.parametrize("timeout", [None, 3.0, 10 * 365 * 86_400.0], ids=["none", "longer", "years"])
async def test_the_server_ends_a_call_or_stream_whose_caller_set_no_deadline_or_a_long_one(style, shape, timeout):
    servicer = style()
    async with wired(servicer, server=[Deaf(CLOCK, default=0.1, cap=0.1)]) as wire:
        with pytest.raises(DeadlineExceeded, match=r"longer than the 0\.1 s this server allows") as caught:
            await wire.call(shape, "wait", timeout=timeout)
        assert await servicer.ended.get() == "wait"
    assert caught.value.reason == "SERVER_DEADLINE"


@STYLES
@ALL_SHAPES
async def test_a_client_sends_the_timeout_of_the_contract(style, shape):
    seen = []

    class Asking(style):
        async def pause(self, text):
            seen.append(current_call().deadline.remaining(CLOCK.monotonic()))

    async with wired(Asking(), client=[ClientDeadline(CLOCK)]) as wire:
        await wire.call(shape, "a")
    assert 4.0 < seen[0] < 5.1


@pytest.mark.parametrize(("shape", "text"), [("Expand", ""), ("Collect", ""), ("Converse", "")])
@STYLES
async def test_an_invalid_request_never_reaches_the_handler(style, shape, text):
    servicer = style()
    async with wired(servicer, server=[Validation()]) as wire:
        with pytest.raises(InvalidArgument, match="text") as caught:
            await wire.call(shape, text)
    assert [one.field for one in caught.value.violations] == ["text"]


async def test_every_violation_of_a_request_is_told():
    async with wired(server=[Validation()]) as wire:
        with pytest.raises(InvalidArgument) as caught:
            await anext(aiter(wire.stub.Expand(pb.ExpandRequest(text="", count=100_001))))
    assert {one.field for one in caught.value.violations} == {"text", "count"}


@STYLES
async def test_an_invalid_response_is_the_servers_own_fault(style):
    async with wired(style(), server=[ResponseValidation()]) as wire:
        with pytest.raises(Internal, match="answered against its contract"):
            await wire.call("Converse", "x" * 65)


@STYLES
@ALL_SHAPES
async def test_a_request_of_the_wrong_type_is_refused_at_the_call(style, shape):
    async with wired(style(), client=[TypeCheck()]) as wire:
        calls = {
            "Echo": lambda: wire.stub.Echo({"text": "a"}),
            "Expand": lambda: wire.stub.Expand(pb.EchoRequest(text="a")),
            "Collect": lambda: wire.stub.Collect([None]),
            "Converse": lambda: wire.stub.Converse(["a"]).read(),
        }
        with pytest.raises(TypeError, match=f"{shape} takes a {shape}Request, not a "):
            await calls[shape]()


@STYLES
@ALL_SHAPES
async def test_too_much_metadata_is_refused(style, shape):
    async with wired(style(), server=[MetadataLimit(8)]) as wire:
        with pytest.raises(ResourceExhausted, match="metadata entries"):
            await wire.call(shape, "a", metadata=[(f"k{n}", "v") for n in range(9)])
        assert await wire.call(shape, "a") == ["a"]


class Tokens:
    """Issues by itself, and by a coroutine where `slow`."""

    def __init__(self, key, scopes, *, slow=False):
        issuer = Issuer(key, name="spiffe://test", trust_domain="test", clock=CLOCK)
        self.text = issuer.issue("caller", "echo", Grant(scopes=frozenset(scopes))).text
        self.slow = slow

    def peek(self, audience):
        return None if self.slow else self.text

    async def fetch(self, audience):
        await asyncio.sleep(0)
        return self.text


def guarded():
    key = SigningKey.of(Ed25519PrivateKey.generate())
    verifier = Verifier(issuer="spiffe://test", trust_domain="test", audience="echo", clock=CLOCK)
    verifier.replace_keys([key.public])
    return key, [ServerAuth(verifier), Access()]


@STYLES
@ALL_SHAPES
@pytest.mark.parametrize("slow", [False, True])
async def test_a_known_caller_with_the_scope_is_let_in(style, shape, slow):
    key, guard = guarded()
    async with wired(style(), server=guard, client=[ClientAuth(Tokens(key, ["echo.use"], slow=slow))]) as wire:
        assert await wire.call(shape, "a") == ["a"]


class Ruled(Access):
    """The access of a contract in which every method has `rule` besides."""

    def __init__(self, rule):
        super().__init__(trust_domain="test")
        self.rule = rule

    def bind(self, method, side):
        policy = dataclasses.replace(method.policy, access=dataclasses.replace(method.policy.access, rule=self.rule))
        return super().bind(dataclasses.replace(method, policy=policy), side)


@STYLES
@ALL_SHAPES
@pytest.mark.parametrize("rule", ["request.text == 'a'", "peer.component == 'caller'"])
async def test_a_caller_that_satisfies_the_rule_is_let_in(style, shape, rule):
    key, [auth, _] = guarded()
    client = [ClientAuth(Tokens(key, ["echo.use"]))]
    async with wired(style(), server=[auth, Ruled(rule)], client=client) as wire:
        assert await wire.call(shape, "a") == ["a"]


@STYLES
@ALL_SHAPES
@pytest.mark.parametrize("rule", ["request.text == 'b'", "peer.component == 'other'", "claims.none == 1"])
async def test_a_caller_that_does_not_satisfy_the_rule_is_not_let_in(style, shape, rule):
    key, [auth, _] = guarded()
    client = [ClientAuth(Tokens(key, ["echo.use"]))]
    async with wired(style(), server=[auth, Ruled(rule)], client=client) as wire:
        with pytest.raises(PermissionDenied) as caught:
            await wire.call(shape, "a")
    assert caught.value.reason == "RULE_REFUSED"


@STYLES
@pytest.mark.parametrize("shape", ["Collect", "Converse"])
async def test_a_stream_ends_at_the_first_request_that_the_rule_refuses(style, shape):
    key, [auth, _] = guarded()
    client = [ClientAuth(Tokens(key, ["echo.use"]))]
    async with wired(style(), server=[auth, Ruled("request.text == 'a'")], client=client) as wire:
        with pytest.raises(PermissionDenied) as caught:
            await wire.call(shape, "a", "b", "a")
    assert caught.value.reason == "RULE_REFUSED"


class Yielding(Generating):
    """Answers before it reads."""

    async def Converse(self, request_iterator, context):
        yield pb.ConverseResponse(text="too soon")


class Speaking(Writing):
    """Answers before it reads."""

    async def Converse(self, request_iterator, context):
        await context.write(pb.ConverseResponse(text="too soon"))


@pytest.mark.parametrize("style", [Yielding, Speaking])
@pytest.mark.parametrize("shape", ["Collect", "Converse"])
async def test_a_stream_is_answered_nothing_before_a_request_has_satisfied_the_rule(style, shape):
    key, [auth, _] = guarded()
    client = [ClientAuth(Tokens(key, ["echo.use"]))]
    async with wired(style(), server=[auth, Ruled("request.text == 'a'")], client=client) as wire:
        with pytest.raises(PermissionDenied) as caught:
            await wire.call(shape)
    assert caught.value.reason == "RULE_REFUSED"


@STYLES
@ALL_SHAPES
async def test_a_stranger_is_not_let_in(style, shape):
    _, guard = guarded()
    async with wired(style(), server=guard) as wire:
        with pytest.raises(Unauthenticated) as caught:
            await wire.call(shape, "a")
    assert caught.value.reason == "TOKEN_MISSING"


@STYLES
@ALL_SHAPES
async def test_a_token_of_another_mesh_is_not_let_in(style, shape):
    _, guard = guarded()
    foreign, _ = guarded()
    async with wired(style(), server=guard, client=[ClientAuth(Tokens(foreign, ["echo.use"]))]) as wire:
        with pytest.raises(Unauthenticated) as caught:
            await wire.call(shape, "a")
    assert caught.value.reason == "TOKEN_FOREIGN"


@STYLES
@ALL_SHAPES
async def test_a_caller_without_the_scope_is_told_which_it_lacks(style, shape):
    key, guard = guarded()
    async with wired(style(), server=guard, client=[ClientAuth(Tokens(key, ["other.use"]))]) as wire:
        with pytest.raises(PermissionDenied, match=r"lacks the scope echo\.use") as caught:
            await wire.call(shape, "a")
    assert caught.value.metadata["missing"] == "echo.use"


async def test_anybody_may_call_a_public_method():
    _, guard = guarded()
    async with wired(server=guard) as wire:
        assert (await wire.stub.Greet(pb.GreetRequest(text="a"))).text == "a"
