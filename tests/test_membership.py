from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from backbone import CLOCK, backbone

from trunkline.errors import Unauthenticated, Unavailable
from trunkline.identity.parse import parse, read_object
from trunkline.identity.signing import SigningKey
from trunkline.interceptors.auth import ClientAuth
from trunkline.interceptors.deadline import ClientDeadline
from trunkline.membership import Member, Stranger
from trunkline.network import routes_from
from trunkline.runtime.channel import MeshChannel


@asynccontextmanager
async def joined(running, folder, **changes):
    """Be a member of the mesh for the length of a block."""
    settings = running.settings(folder, **changes)
    routes = routes_from(settings, CLOCK)
    plain = MeshChannel(routes, [ClientDeadline(CLOCK)], clock=CLOCK)

    def authenticated(tokens):
        return MeshChannel(routes, [ClientDeadline(CLOCK), ClientAuth(tokens)], clock=CLOCK)

    member = Member(settings, plain, authenticated, CLOCK)
    try:
        yield member
    finally:
        await member.close()
        await routes.close()


@pytest.fixture
async def running():
    async with backbone() as running:
        yield running


@pytest.fixture
async def member(running, tmp_path):
    async with joined(running, tmp_path) as member:
        await member.loaded()
        yield member


async def until(condition) -> None:
    while not condition():
        await asyncio.sleep(0)


async def test_a_member_is_loaded_once_it_has_the_keys_and_knows_what_is_revoked(running, tmp_path):
    async with joined(running, tmp_path) as member:
        assert not member.trusted
        await member.loaded()
        assert member.trusted
        assert member.verifier.verify(running.servicer.issue("activity", "accounts").text)


async def test_a_member_that_has_not_heard_what_is_revoked_lets_nobody_in(running, tmp_path):
    running.servicer.silent = True
    async with joined(running, tmp_path) as member:
        await running.servicer.watched.get()
        await member._keys.first()
        assert not member.trusted
        with pytest.raises(Unavailable, match="REVOCATIONS_NOT_LOADED"):
            member.verifier.verify(running.servicer.issue("activity", "accounts").text)


async def test_each_message_is_confirmed_once_it_was_taken(running, member):
    token = running.servicer.issue("activity", "accounts")
    assert member.verifier.verify(token.text)
    assert [await running.servicer.taken.get() for _ in range(2)] == [0, 7]
    running.servicer.revoke(jti=token.jti)
    assert await running.servicer.taken.get() == 8
    with pytest.raises(Unauthenticated, match="TOKEN_REVOKED"):
        member.verifier.verify(token.text)


@pytest.mark.parametrize("kind", ["jti", "subject", "kid", "family"])
async def test_every_kind_of_revocation_crosses_the_wire(kind, running, member):
    token = running.servicer.issue("activity", "accounts")
    value = {"jti": token.jti, "subject": "spiffe://campus/activity", "kid": running.servicer.key.public.kid}
    running.servicer.revoke(**{kind: value.get(kind, "f1")})
    await until(lambda: len(member._feed.revoked) == 1)
    if kind == "family":
        assert member.verifier.verify(token.text)
        return
    with pytest.raises(Unauthenticated, match="TOKEN_REVOKED"):
        member.verifier.verify(token.text)


async def test_what_was_revoked_before_is_known_from_the_start(running, tmp_path):
    token = running.servicer.issue("activity", "accounts")
    running.servicer.revoke(jti=token.jti)
    async with joined(running, tmp_path) as member:
        await member.loaded()
        with pytest.raises(Unauthenticated, match="TOKEN_REVOKED"):
            member.verifier.verify(token.text)


async def test_what_is_revoked_while_the_backbone_is_away_is_known_on_its_return(running, member):
    token = running.servicer.issue("activity", "accounts")
    await running.stop()
    running.servicer.revoke(jti=token.jti)
    assert member.verifier.verify(token.text)
    await running.start()
    await until(lambda: len(member._feed.revoked) == 1)
    with pytest.raises(Unauthenticated, match="TOKEN_REVOKED"):
        member.verifier.verify(token.text)


async def test_a_member_that_has_lost_the_backbone_trusts_nobody_until_it_returns(running, tmp_path):
    async with joined(running, tmp_path, stale_after=0.2) as member:
        await member.loaded()
        token = running.servicer.issue("activity", "accounts").text
        await running.stop()
        await member.turned()
        assert not member.trusted
        with pytest.raises(Unavailable, match="REVOCATIONS_STALE"):
            member.verifier.verify(token)
        await running.start()
        await member.turned()
        assert member.trusted
        assert member.verifier.verify(token)


@pytest.mark.parametrize("kind", ["jti", "subject"])
async def test_a_member_whose_own_token_is_revoked_fetches_another(kind, running, member):
    before = await member.tokens.fetch("progress")
    jti = jti_of(before)
    running.servicer.revoke(**({"jti": jti} if kind == "jti" else {"subject": "spiffe://campus/accounts"}))
    await until(lambda: member.tokens.peek("progress") != before)
    if kind == "jti":
        assert jti_of(await member.tokens.fetch("progress")) != jti


async def test_a_watch_that_is_refused_for_its_token_comes_back_with_another(running, member):
    first = await running.servicer.watched.get()
    running.servicer.refused.add(first)
    await running.stop()
    await running.start()
    assert await running.servicer.watched.get() == first
    assert await running.servicer.watched.get() != first


async def test_a_new_key_that_nobody_told_of_is_asked_for_once_and_the_caller_waits(running, member):
    token = running.servicer.issue("activity", "accounts", running.servicer.rotate_untold()).text
    with pytest.raises(Unauthenticated) as refusal:
        member.verifier.verify(token)
    await member.verifier.renewed(refusal.value)
    assert member.verifier.verify(token).subject == "spiffe://campus/activity"
    assert running.servicer.asked_for_keys == 2


async def test_a_flood_of_unknown_keys_asks_the_backbone_once(running, member):
    for _ in range(50):
        with pytest.raises(Unauthenticated) as refusal:
            member.verifier.verify(running.servicer.issue("activity", "accounts", SigningKey.generate()).text)
        if (renewed := member.verifier.renewed(refusal.value)) is not None:
            await renewed
    assert running.servicer.asked_for_keys == 2
    assert member.verifier.verify(running.servicer.issue("activity", "accounts").text)


async def test_leaving_the_mesh_leaves_no_task_behind(running, tmp_path):
    before = asyncio.all_tasks()
    async with joined(running, tmp_path) as member:
        await member.loaded()
    left = {task.get_coro().__qualname__.partition(".")[0] for task in asyncio.all_tasks() - before}
    assert left & {"Following", "Renewal", "TokenSource"} == set()


async def test_a_stranger_misses_nothing(running, tmp_path):
    stranger = Stranger(running.settings(tmp_path), CLOCK)
    await stranger.loaded()
    assert stranger.trusted
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await stranger.turned()


def jti_of(token: str) -> str:
    return read_object(parse(token).payload)["jti"]
