from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest
from echo import SERVICE, Generating
from opentelemetry.sdk.trace import TracerProvider
from served import served

from campus.api.activity.v1 import activity_pb2  # noqa: F401 - brings the contract in
from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.call import current_call
from trunkline.clock import SystemClock
from trunkline.config import Settings
from trunkline.errors import DeadlineExceeded, FailedPrecondition, NotFound, Unauthenticated, Unavailable
from trunkline.identity.model import Issued
from trunkline.membership import Stranger
from trunkline.mesh import Mesh
from trunkline.sync import SyncMesh
from trunkline.sync.serviceconfig import service_config
from trunkline.sync.tokens import SyncTokens
from trunkline.testing import ManualClock, Noted

CLOCK = SystemClock()


class Noting(Generating):
    """Notes trace, caller and time left of each call."""

    def __init__(self):
        super().__init__()
        self.seen = []
        self.failures = 0

    async def Echo(self, request, context):
        call = current_call()
        self.seen.append((call.trace_id, call.principal.subject, call.deadline.remaining(CLOCK.monotonic())))
        if self.failures:
            self.failures -= 1
            raise Unavailable("BUSY", "not now")
        return await super().Echo(request, context)


class _Trusted(Stranger):
    def __init__(self, settings, keys):
        super().__init__(settings, CLOCK)
        self.verifier.replace_keys(keys)


async def serving(stack, name, servicer, keys, **settings):
    """Start a server that trusts `keys`; return its address."""
    own = Settings(component=name, mesh="test", listen="127.0.0.1:0", drain={"delay": 0.0}, **settings)
    mesh = await stack.enter_async_context(Mesh.open(own, membership=lambda it: _Trusted(it, keys), audit=Noted()))
    task = asyncio.create_task(mesh.serve(servicer))
    stack.push_async_callback(lambda: task)
    stack.callback(mesh.stop.asked.set)
    return f"127.0.0.1:{await mesh.port()}"


@pytest.fixture
async def place(tmp_path):
    """A backbone and an echo component; yields the servicer and the settings of a client."""
    servicer = Noting()
    async with AsyncExitStack() as stack:
        grants = {"script": {"scopes": ["echo.use"]}, "echo": {}}
        backbone = await stack.enter_async_context(served(tmp_path, mesh="test", grants=grants))
        echo = await serving(stack, "echo", servicer, backbone.backbone.published.keys)
        yield (
            servicer,
            Settings(
                component="script",
                mesh="test",
                backbone=backbone.address,
                secret_file=tmp_path / "secrets" / "script",
                routes={
                    SERVICE: {"component": "echo", "endpoints": [echo]},
                    "trunkline.api.identity.v1.IdentityService": {
                        "component": "backbone",
                        "endpoints": [backbone.address],
                    },
                },
            ),
        )


def echo(mesh: SyncMesh, text: str, **options):
    return EchoServiceStub(mesh.channel).Echo(pb.EchoRequest(text=text), **options).text


async def test_a_thread_calls_with_a_token_of_its_own(place):
    servicer, settings = place

    def script():
        with SyncMesh(settings) as mesh:
            return [echo(mesh, "a"), echo(mesh, "b")]

    assert await asyncio.to_thread(script) == ["a", "b"]
    assert [subject for _, subject, _ in servicer.seen] == ["spiffe://test/script", "spiffe://test/script"]


async def test_the_traces_of_thread_and_component_are_one(place):
    servicer, settings = place
    provider = TracerProvider()

    def script():
        work = provider.get_tracer("script").start_as_current_span("work")
        with SyncMesh(settings, tracer_provider=provider) as mesh, work as span:
            echo(mesh, "a")
            return f"{span.get_span_context().trace_id:032x}"

    assert await asyncio.to_thread(script) == servicer.seen[0][0]


async def test_the_contract_says_how_long_a_call_may_take(place):
    servicer, settings = place

    def script():
        with SyncMesh(settings) as mesh:
            echo(mesh, "a")
            with pytest.raises(DeadlineExceeded):
                echo(mesh, "wait", timeout=0.2)

    await asyncio.to_thread(script)
    assert 4.0 < servicer.seen[0][2] < 5.1
    assert await servicer.ended.get() == "wait"


async def test_errors_are_those_of_the_mesh(place):
    _, settings = place

    def script():
        with SyncMesh(settings) as mesh:
            with pytest.raises(NotFound) as caught:
                echo(mesh, "missing")
            stream = EchoServiceStub(mesh.channel).Expand(pb.ExpandRequest(text="missing", count=1))
            with pytest.raises(NotFound):
                next(stream)
            return caught.value

    error = await asyncio.to_thread(script)
    assert (error.reason, error.domain, error.remote) == ("NO_ECHO", "echo", True)


async def test_streams_work_both_ways(place):
    _, settings = place

    def script():
        with SyncMesh(settings) as mesh:
            stub = EchoServiceStub(mesh.channel)
            expanded = [one.text for one in stub.Expand(pb.ExpandRequest(text="a", count=3))]
            collected = stub.Collect(pb.CollectRequest(text=text) for text in "abc").text
            conversed = [one.text for one in stub.Converse(pb.ConverseRequest(text=text) for text in "xyz")]
            return expanded, collected, conversed

    assert await asyncio.to_thread(script) == (["a"] * 3, "a,b,c", ["x", "y", "z"])


async def test_a_request_of_the_wrong_type_is_refused_at_the_call(place):
    _, settings = place

    def script():
        with SyncMesh(settings) as mesh:
            stub = EchoServiceStub(mesh.channel)
            calls = {
                "Echo": lambda: stub.Echo({"text": "a"}),
                "Expand": lambda: stub.Expand(pb.EchoRequest(text="a")),
                "Collect": lambda: stub.Collect(iter([None])),
                "Converse": lambda: next(stub.Converse(iter(["a"]))),
            }
            for shape, call in calls.items():
                with pytest.raises(TypeError, match=f"{shape} takes a {shape}Request, not a "):
                    call()

    await asyncio.to_thread(script)


async def test_a_component_that_is_away_is_named_with_what_was_tried(place):
    _, settings = place
    routes = settings.routes | {SERVICE: settings.routes[SERVICE].model_copy(update={"endpoints": ("127.0.0.1:1",)})}

    def script():
        with SyncMesh(settings.model_copy(update={"routes": routes})) as mesh:
            with pytest.raises(
                Unavailable, match=r"EchoService \(echo\): tried 127\.0\.0\.1:1, 3 attempts in"
            ) as caught:
                echo(mesh, "a")
            return caught.value

    error = await asyncio.to_thread(script)
    assert (error.reason, error.remote) == ("UNREACHABLE", False)


async def test_a_repeatable_call_is_repeated_by_the_service_config(place):
    servicer, settings = place
    servicer.failures = 1

    def script():
        with SyncMesh(settings) as mesh:
            return echo(mesh, "a")

    assert await asyncio.to_thread(script) == "a"
    assert len(servicer.seen) == 2


async def test_a_service_nobody_serves_is_named(place):
    _, settings = place

    def script():
        with SyncMesh(settings.model_copy(update={"routes": {}})) as mesh, pytest.raises(Unavailable, match=SERVICE):
            echo(mesh, "a")

    await asyncio.to_thread(script)


def test_a_missing_secret_is_told_at_once(tmp_path):
    settings = Settings(component="script", backbone="127.0.0.1:1", secret_file=tmp_path / "none")
    with pytest.raises(FailedPrecondition, match="no bootstrap secret"):
        SyncMesh(settings)


async def test_a_wrong_secret_gets_no_token(place):
    _, settings = place

    def script():
        with SyncMesh(settings.model_copy(update={"component": "echo"})) as mesh:
            with pytest.raises(Unauthenticated) as caught:
                echo(mesh, "a")
            return caught.value

    assert (await asyncio.to_thread(script)).reason == "CREDENTIALS_REFUSED"


def test_the_service_config_says_what_the_contract_says():
    config = json.loads(service_config([SERVICE, "not.imported.Service"]))
    echo_config = next(one for one in config["methodConfig"] if one["name"][0]["method"] == "Echo")
    assert echo_config["retryPolicy"] == {
        "maxAttempts": 3,
        "initialBackoff": "0.010s",
        "maxBackoff": "0.050s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    assert {one["name"][0]["method"] for one in config["methodConfig"]} == {"Echo", "Expand"}


def test_a_token_is_fetched_once_and_renewed_before_its_end():
    clock, asked = ManualClock(), []

    def issue(audience, timeout):
        asked.append(audience)
        return Issued(f"token-{len(asked)}", 100.0, 0.0)

    tokens = SyncTokens(issue, clock=clock)
    assert [tokens.token("a", 1.0), tokens.token("a", 1.0), tokens.token("b", 1.0)] == ["token-1", "token-1", "token-2"]
    clock.advance(81.0)
    assert tokens.token("a", 1.0) == "token-3"


def test_a_token_at_hand_serves_to_its_end_while_the_backbone_is_away():
    clock = ManualClock()
    away = False

    def issue(audience, timeout):
        if away:
            raise Unavailable("DOWN", "backbone down")
        return Issued("token", 100.0, 0.0)

    tokens = SyncTokens(issue, clock=clock)
    tokens.token("a", 1.0)
    away = True
    clock.advance(99.0)
    assert tokens.token("a", 1.0) == "token"
    clock.advance(2.0)
    with pytest.raises(Unavailable):
        tokens.token("a", 1.0)


def test_threads_that_want_the_same_token_ask_once():
    began, go, asked = threading.Event(), threading.Event(), []

    def issue(audience, timeout):
        asked.append(audience)
        began.set()
        go.wait()
        return Issued("token", 100.0, 0.0)

    tokens = SyncTokens(issue, clock=ManualClock())
    with ThreadPoolExecutor(8) as pool:
        first = [pool.submit(tokens.token, "a", 10.0) for _ in range(7)]
        began.wait()
        with pytest.raises(Unavailable, match="did not answer in time"):
            tokens.token("a", 0.0)
        go.set()
        assert {one.result() for one in first} == {"token"}
    assert asked == ["a"]
