"""A stream lives no longer than its token, in every shape and both handler styles."""

from __future__ import annotations

import asyncio

import pytest
from echo import Generating, Writing, wired

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.clock import SystemClock
from trunkline.errors import Cancelled, MeshError, Unauthenticated
from trunkline.identity.feed import Feed, News
from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant
from trunkline.identity.revoked import Revocation
from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier
from trunkline.interceptors.auth import ServerAuth
from trunkline.interceptors.deadline import ServerDeadline

CLOCK = SystemClock()
STYLES = pytest.mark.parametrize("style", [Generating, Writing])
STREAMS = pytest.mark.parametrize("shape", ["Expand", "Collect", "Converse"])


class Guard:
    """A server's interceptors, and tokens that pass them."""

    def __init__(self, *, lifetime: int = 600) -> None:
        self.key = SigningKey.generate()
        self.verifier = Verifier(
            issuer="spiffe://test",
            trust_domain="test",
            audience="echo",
            clock=CLOCK,
            leeway=0.0,
            feed=Feed(clock=CLOCK, stale_after=30.0),
        )
        self.verifier.replace_keys([self.key.public])
        self.verifier.revoke(News(complete=True))
        issuer = Issuer(self.key, name="spiffe://test", trust_domain="test", clock=CLOCK, lifetime=lifetime)
        self.token = issuer.issue("caller", "echo", Grant())
        self.metadata = [("authorization", f"Bearer {self.token.text}")]
        self.server = [ServerDeadline(CLOCK, default=30.0, cap=300.0), ServerAuth(self.verifier)]

    def revoke(self, kind: str, value: str) -> None:
        now = CLOCK.time()
        self.verifier.revoke(News((Revocation(kind, value, now, now + 3600),)))


async def outcome(work) -> MeshError:
    with pytest.raises(MeshError) as caught:
        await work
    return caught.value


@STYLES
@STREAMS
async def test_a_stream_ends_when_its_token_expires_and_both_ends_are_told(style, shape):
    guard, servicer = Guard(lifetime=1), style()
    async with wired(servicer, server=guard.server) as wire:
        error = await outcome(wire.call(shape, "wait", metadata=guard.metadata))
        assert (type(error), error.reason) == (Unauthenticated, "TOKEN_EXPIRED")
        assert await servicer.ended.get() == "wait"
    assert len(guard.verifier._leases) == 0


@STYLES
@STREAMS
@pytest.mark.parametrize("kind", ["jti", "subject", "kid"])
async def test_a_stream_ends_when_its_token_is_revoked_and_both_ends_are_told(style, shape, kind):
    guard, servicer = Guard(), style()
    async with wired(servicer, server=guard.server) as wire:
        call = asyncio.create_task(outcome(wire.call(shape, "wait", metadata=guard.metadata)))
        await servicer.began.get()
        guard.revoke("jti", "another")
        value = {"jti": guard.token.jti, "subject": "spiffe://test/caller", "kid": guard.key.public.kid}[kind]
        guard.revoke(kind, value)
        error = await call
        assert (type(error), error.reason, error.remote) == (Unauthenticated, "TOKEN_REVOKED", True)
        assert await servicer.ended.get() == "wait"
    assert len(guard.verifier._leases) == 0


@STYLES
@STREAMS
async def test_a_stream_that_ends_by_itself_leaves_nothing_behind(style, shape):
    guard = Guard()
    async with wired(style(), server=guard.server) as wire:
        assert await wire.call(shape, "a", metadata=guard.metadata) == ["a"]
        error = await outcome(wire.call(shape, "missing", metadata=guard.metadata))
        assert error.reason == "NO_ECHO"
    assert len(guard.verifier._leases) == 0


@STYLES
async def test_a_caller_that_leaves_is_still_one_that_left(style):
    guard, servicer = Guard(), style()
    async with wired(servicer, server=guard.server) as wire:
        stream = wire.stub.Expand(pb.ExpandRequest(text="wait", count=1), metadata=guard.metadata)
        await stream.read()
        await servicer.began.get()
        stream.cancel()
        assert await servicer.ended.get() == "wait"
        while len(guard.verifier._leases):
            await asyncio.sleep(0)


@STYLES
async def test_a_unary_call_is_not_watched(style):
    guard, servicer = Guard(), style()
    async with wired(servicer, server=guard.server) as wire:
        call = asyncio.create_task(wire.call("Echo", "wait", metadata=guard.metadata, timeout=0.5))
        await servicer.began.get()
        assert len(guard.verifier._leases) == 0
        call.cancel()
        with pytest.raises((asyncio.CancelledError, Cancelled)):
            await call


@STREAMS
async def test_a_stream_with_a_revoked_token_does_not_begin(shape):
    guard, servicer = Guard(), Generating()
    guard.revoke("jti", guard.token.jti)
    async with wired(servicer, server=guard.server) as wire:
        error = await outcome(wire.call(shape, "wait", metadata=guard.metadata))
    assert error.reason == "TOKEN_REVOKED"
    assert servicer.began.empty()
