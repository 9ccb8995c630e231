from __future__ import annotations

import asyncio

import pytest

from trunkline.call import Principal
from trunkline.identity.leases import Leases
from trunkline.identity.verifier import Verified


@pytest.fixture
def leases(clock) -> Leases:
    return Leases(clock.time)


@pytest.fixture
def ended() -> asyncio.Queue:
    return asyncio.Queue()


def lasting(seconds: float, clock, kid: str = "k1") -> Verified:
    return Verified(Principal("x"), kid, clock.time() + seconds)


async def test_a_stream_ends_with_its_token(leases, ended, clock):
    leases.hold(lasting(0.001, clock), ended.put_nowait)
    assert (await ended.get()).reason == "TOKEN_EXPIRED"
    assert len(leases) == 0


async def test_those_that_are_meant_end_and_the_others_go_on(leases, ended, clock):
    for kid in ("k1", "k2"):
        leases.hold(lasting(600, clock, kid), ended.put_nowait)
    leases.revoke(lambda verified: verified.kid == "k2")
    assert ended.get_nowait().reason == "TOKEN_REVOKED"
    assert ended.empty()
    assert len(leases) == 1


async def test_a_stream_that_has_ended_is_forgotten(leases, ended, clock):
    release = leases.hold(lasting(0.0, clock), ended.put_nowait)
    release()
    leases.revoke(lambda _: True)
    await asyncio.sleep(0)
    assert (ended.empty(), len(leases)) == (True, 0)


async def test_a_stream_ends_once(leases, ended, clock):
    leases.hold(lasting(0.0, clock), ended.put_nowait)
    leases.revoke(lambda _: True)
    await asyncio.sleep(0)
    assert ended.qsize() == 1
